import { JobwrightError, RefusedError } from "../errors.ts";
import type { Plan } from "../model/plan.ts";
import { readComment } from "./comment.ts";
import type { PullRequest } from "./event.ts";
import type { GitHub } from "./github.ts";
import { fenced, runLink } from "./markdown.ts";
import { differenceText, unpackDecisions } from "./reviewed.ts";
import { reviewedDigest, statusName } from "./status.ts";
import type { Step } from "./step.ts";

/** What is known of the review of the commit that is applied. */
export interface Review {
  /** The pull request that the commit came from; asked for once. */
  readonly pull: () => Promise<PullRequest | undefined>;
  /** How the plan of now differs from the reviewed one, as Markdown, once that was found. */
  difference?: string;
}

const LONGEST_DIFFERENCE = 30_000;

/** Looks nothing up yet. */
export function reviewOf(step: Step): Review {
  let found: Promise<PullRequest | undefined> | undefined;
  return {
    pull: () => {
      found ??= findPull(step);
      return found;
    },
  };
}

/**
 * Throws unless the plan is the one whose digest our status gives the pull request's head. Statuses only the app can
 * write; the comment, which anybody may edit, serves to show what differs, and only where it has the status's digest.
 */
export async function requireReview(step: Step, review: Review, plan: Plan): Promise<void> {
  const { github, title, log, shell, key } = step;
  if (github === undefined) throw notReviewed("there is no github-token to look the review up with");
  const pull = await review.pull();
  if (pull === undefined) throw notReviewed(`the commit ${step.event.sha.slice(0, 10)} came from no pull request`);
  const digest = await reviewedDigest(github, pull.headSha, title);
  if (digest === undefined) {
    const what = `${pull.headSha.slice(0, 10)}, the head of pull request ${pull.number}, has no status "${statusName(title)}" of ours with a plan's digest`;
    throw notReviewed(what);
  }
  if (digest === plan.digest) return log.say(`Reviewed in pull request ${pull.number}: ${digest}`);
  const reviewed = await reviewedDecisions(github, pull.number, key, digest);
  if (reviewed === undefined) {
    review.difference = `The reviewed plan (\`${digest.slice(0, 19)}\`) is not at hand to compare with; it is in ${runLink(step.event, "the runs")} of pull request ${pull.number}.`;
  } else {
    const text = shell.redactor.text(differenceText(reviewed, plan));
    log.group("What differs from the reviewed plan", text);
    review.difference = fenced(text, LONGEST_DIFFERENCE, "diff");
  }
  const message = `the plan is not the one that was reviewed in pull request ${pull.number}: ${digest.slice(0, 19)} was, ${plan.digest.slice(0, 19)} is`;
  const hint =
    "Nothing was sent. Look at what differs; then open a pull request with a plan of now, or run apply with reviewed-plan: ignore.";
  throw new RefusedError([{ code: "JW3201", message, hint }], "plan-changed");
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
async function findPull({ github, event }: Step): Promise<PullRequest | undefined> {
  if (event.pull !== undefined) return event.pull;
  if (github === undefined || event.sha === "") return undefined;
  let other: PullRequest | undefined;
  for await (const { number, merged_at, merge_commit_sha, head } of github.pullsOf(event.sha)) {
    if (merged_at === undefined || merged_at === null || head?.sha === undefined) continue;
    const pull = { number, headSha: head.sha };
    if (merge_commit_sha === event.sha) return pull;
    other ??= pull;
  }
  return other;
}
