import { JobwrightError, RefusedError } from "../errors.ts";
import type { Plan } from "../model/plan.ts";
import { redactPlan } from "../render/redact-plan.ts";
import { readComment } from "./comment.ts";
import type { PullRequest } from "./event.ts";
import type { GitHub, PullFacts } from "./github.ts";
import { fenced, prose, runLink } from "./markdown.ts";
import { type Decisions, differenceText, isReviewed, together, unpackDecisions } from "./reviewed.ts";
import { reviewedDigest, statusName } from "./status.ts";
import type { Step } from "./step.ts";

/** What is known of the review of the commit that is applied. */
export interface Review {
  /** The pull request that a commit came from; asked for once. */
  readonly pullOf: (sha: string) => Promise<PullRequest | undefined>;
  /** The pull requests that were looked at, the applied commit's first. */
  readonly pulls: () => Promise<readonly PullRequest[]>;
  /** How the plan of now differs from what was reviewed, as Markdown, once that was found. */
  difference?: string;
}

/** What a pull request says of its plan. */
interface Reviewed {
  readonly pull: PullRequest;
  /** Of the status. */
  readonly digest: string;
  /** Undefined where the comment does not hold them, or holds others than the digest's. */
  readonly decisions: Decisions | undefined;
}

const LONGEST_DIFFERENCE = 30_000;

/** Commits of one push that are looked up. A merge queue lands 100 pull requests at most. */
const MOST_COMMITS = 100;

/** Looks nothing up yet. */
export function reviewOf(step: Step): Review {
  const asked = new Map<string, Promise<PullRequest | undefined>>();
  const pullOf = (sha: string): Promise<PullRequest | undefined> => {
    const known = asked.get(sha) ?? findPull(step, sha);
    asked.set(sha, known);
    return known;
  };
  return {
    pullOf,
    pulls: async () => {
      await pullOf(step.event.sha);
      const found = await Promise.all([...asked.values()]);
      const byNumber = new Map(found.flatMap((pull) => (pull === undefined ? [] : [[pull.number, pull] as const])));
      return [...byNumber.values()];
    },
  };
}

/**
 * Throws unless all that the plan does was reviewed: it is the plan whose digest our status gives the pull request's
 * head, or what is left of it, or what the plans of several pull requests that landed together come to. Statuses only
 * the app can write; of the comment, which anybody may edit, only decisions with the status's digest count.
 */
export async function requireReview(step: Step, review: Review, plan: Plan): Promise<void> {
  const { github, event } = step;
  if (github === undefined) throw notReviewed("there is no github-token to look the review up with");
  const known: Reviewed[] = [];
  const without: PullRequest[] = [];
  for (const sha of [event.sha, ...event.pushed.slice(0, MOST_COMMITS)]) {
    const pull = await review.pullOf(sha);
    if (pull === undefined || [...known.map((one) => one.pull), ...without].some((p) => p.number === pull.number))
      continue;
    const reviewed = await reviewedOf(step, github, pull);
    if (reviewed === undefined) without.push(pull);
    else known.push(reviewed);
    if (reviewed?.digest === plan.digest)
      return step.log.say(`Reviewed in pull request ${pull.number}: ${plan.digest}`);
    if (isReviewed(plan.actions, together(known.map(({ decisions }) => decisions ?? [])))) {
      return step.log.say(`All that is left to do was reviewed in ${numbersOf(known)}.`);
    }
  }
  if (known.length === 0) throw notReviewed(whyNot(step, without));
  throw changed(step, review, plan, known);
}

async function reviewedOf(step: Step, github: GitHub, pull: PullRequest): Promise<Reviewed | undefined> {
  const digest = await reviewedDigest(github, pull.headSha, step.title);
  if (digest === undefined) return undefined;
  return { pull, digest, decisions: await reviewedDecisions(github, pull.number, step.key, digest) };
}

function whyNot({ event, title }: Step, without: readonly PullRequest[]): string {
  const [first] = without;
  if (first === undefined) return `the commit ${event.sha.slice(0, 10)} came from no pull request`;
  const numbers = without.map(({ number }) => number).join(", ");
  const heads =
    without.length === 1
      ? `${first.headSha.slice(0, 10)}, the head of pull request ${numbers}, has`
      : `the heads of pull requests ${numbers} have`;
  return `${heads} no status "${statusName(title)}" of ours with a plan's digest`;
}

function changed({ event, log, shell }: Step, review: Review, plan: Plan, known: readonly Reviewed[]): RefusedError {
  const which = numbersOf(known);
  if (known.some(({ decisions }) => decisions === undefined)) {
    const digests = known.map(({ digest }) => `<code>${digest.slice(0, 19)}</code>`).join(", ");
    review.difference = `What was reviewed (${digests}) is not at hand to compare with; it is in ${runLink(event, "the runs")} of ${prose(which)}.`;
  } else {
    const decided = together(known.map(({ decisions }) => decisions ?? []));
    const text = shell.redactor.text(differenceText(decided, redactPlan(plan, shell.redactor)));
    log.group("What differs from the reviewed plan", text);
    review.difference = `**What differs from the reviewed plan**\n\n${fenced(coloured(text), LONGEST_DIFFERENCE, "diff")}`;
  }
  const message = `the plan is not the one that was reviewed in ${which}`;
  const hint =
    "Nothing was sent. Where an earlier merge was not applied, run its apply again first. Else look at what differs, and open a pull request with a plan of now, or run apply once with reviewed-plan: ignore.";
  return new RefusedError([{ code: "JW3201", message, hint }], "plan-changed");
}

/** What a plan alone holds, with the sign of its side at the beginning of the line: only there it has a colour. */
function coloured(text: string): string {
  let sign = "";
  const lines = text.split("\n").map((line) => {
    const side = /^ {4}only in the (reviewed plan|plan of now):$/.exec(line)?.[1];
    if (side !== undefined) sign = side === "plan of now" ? "+" : "-";
    else if (!line.startsWith("      ")) sign = "";
    else if (sign !== "") return `${sign}${line.slice(1)}`;
    return line;
  });
  return lines.join("\n");
}

function numbersOf(known: readonly Reviewed[]): string {
  const numbers = known.map(({ pull }) => pull.number);
  return `pull request${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`;
}

function notReviewed(what: string): RefusedError {
  const hint =
    "Nothing was sent. The workflow's plan job writes the status on every pull request (permission statuses: write); without reviews, set reviewed-plan: ignore.";
  return new RefusedError([{ code: "JW3202", message: `nobody reviewed this plan: ${what}`, hint }], "not-reviewed");
}

/** A comment that cannot be read takes nothing from the refusal. */
async function reviewedDecisions(github: GitHub, issue: number, key: string, digest: string) {
  try {
    const comment = await readComment(github, { issue, kind: "plan", key });
    return comment === undefined ? undefined : unpackDecisions(comment, digest);
  } catch (error) {
    if (error instanceof JobwrightError) return undefined;
    throw error;
  }
}

/** Squash, rebase and merge alike: the merged pull request whose last commit on the branch this is, else any merged one. */
async function findPull({ github, event }: Step, sha: string): Promise<PullRequest | undefined> {
  if (event.pull !== undefined) return event.pull;
  if (github === undefined || sha === "") return undefined;
  let other: PullRequest | undefined;
  for await (const facts of github.pullsOf(sha)) {
    const pull = mergedInto(event.branch, facts);
    if (pull !== undefined && facts.merge_commit_sha === sha) return pull;
    other ??= pull;
  }
  return other;
}

/** A review counts for the branch that it was given for. */
function mergedInto(branch: string, { number, merged_at, head, base }: PullFacts): PullRequest | undefined {
  if (merged_at === undefined || merged_at === null || head?.sha === undefined) return undefined;
  return branch === "" || base?.ref === branch ? { number, headSha: head.sha } : undefined;
}
