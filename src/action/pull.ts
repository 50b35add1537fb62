import { git } from "../commands/git.ts";
import { JobwrightError } from "../errors.ts";
import { filesUrlOf, type PullRequest, type RunEvent } from "./event.ts";
import type { GitHub, PullFacts } from "./github.ts";
import type { Step } from "./step.ts";

/** Events that tell of a commit and of no pull request, though there may be one. */
const OF_A_COMMIT: ReadonlySet<string> = new Set(["push", "workflow_dispatch"]);

/**
 * The step with the pull request that its plan is about: the event's, the one that was commented on, or the open one of
 * this repository that ends in the pushed commit. Throws as {@link withCommented} does.
 */
export async function withPull(given: Step): Promise<Step> {
  const step = await withCommented(given);
  const { event, github } = step;
  if (event.pull !== undefined || github === undefined) return step;
  if (!OF_A_COMMIT.has(event.name) || event.sha === "") return step;
  const pull = await openPull(event, github);
  return pull === undefined ? step : { ...step, event: { ...event, pull } };
}

/**
 * The step with the pull request that was commented on, if that made it run. Throws a JobwrightError where its head is not
 * what is checked out, or GitHub does not tell.
 */
export async function withCommented(step: Step): Promise<Step> {
  const { event, github } = step;
  if (event.pull !== undefined || github === undefined || event.commented === undefined) return step;
  return commentedPull(step, github, event.commented);
}

async function commentedPull(step: Step, github: GitHub, number: number): Promise<Step> {
  const facts = await github.pull(number);
  const headSha = facts.head?.sha ?? "";
  const out = await checkedOut(step);
  if (headSha === "" || !out.includes(headSha)) {
    const what = `pull request ${number} ends in ${headSha.slice(0, 10)}, which is not what is checked out (${(out[0] || "nothing").slice(0, 10)})`;
    const hint = `Check it out before: actions/checkout with ref: refs/pull/${number}/merge.`;
    throw new JobwrightError("JW5603", "invalid", what, { hint });
  }
  const event = { ...step.event, pull: { number, headSha }, filesUrl: filesUrlOf(step.env, headSha) };
  return { ...step, event: { ...event, fromStranger: !isOurs(event, facts) } };
}

/** The commit that is checked out and its parents: of a merge that GitHub made, the last one is the branch's. */
async function checkedOut({ shell }: Step): Promise<readonly string[]> {
  const ask = (...args: string[]): Promise<string> => git(shell, shell.runtime.cwd, args).catch(() => "");
  // The commit itself: a shallow clone's history shows no parents.
  const [head, text] = [await ask("rev-parse", "--verify", "--quiet", "HEAD"), await ask("cat-file", "commit", "HEAD")];
  return [head.trim(), ...[...text.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = ""]) => parent)];
}

/** Nothing is lost where the token may not look: the plan is then told in the log and the summary only. */
async function openPull(event: RunEvent, github: GitHub): Promise<PullRequest | undefined> {
  try {
    for await (const facts of github.pullsOf(event.sha)) {
      const { number, state, head } = facts;
      if (state === "open" && head?.sha === event.sha && isOurs(event, facts)) return { number, headSha: event.sha };
    }
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
  }
  return undefined;
}

function isOurs({ owner, repository }: RunEvent, { head }: PullFacts): boolean {
  return head?.repo?.full_name?.toLowerCase() === `${owner}/${repository}`.toLowerCase();
}
