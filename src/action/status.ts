import type { Plan } from "../model/plan.ts";
import { todoText } from "../render/counts.ts";
import { cutText } from "../render/safe.ts";
import { plannedCommit } from "./event.ts";
import type { CommitStatus, GitHub } from "./github.ts";
import { hash, type Step } from "./step.ts";

/** GitHub refuses longer ones. */
const LONGEST_DESCRIPTION = 140;

/** GitHub takes names of up to 255 characters. */
const LONGEST_TITLE = 180;

/** `jobwright/plan (prod)`: the name under which a plan's digest stands at a commit. */
export function statusName(title: string): string {
  if (title === "") return "jobwright/plan";
  const short = title.length <= LONGEST_TITLE ? title : `${title.slice(0, LONGEST_TITLE)}… ${hash([title])}`;
  return `jobwright/plan (${short})`;
}

/** What a status says of a plan: what people look for, and at its end the digest, which is what apply goes by. */
export function planStatus(plan: Plan): Pick<Required<CommitStatus>, "state"> & { readonly description: string } {
  const refused = plan.refusals[0];
  if (refused !== undefined)
    return { state: "failure", description: cut(`refused: ${refused.code} ${refused.message}`) };
  const { digest, actions } = plan;
  const counts = todoText(plan) || "no changes";
  const most = LONGEST_DESCRIPTION - digest.length - 3;
  const told = counts.length <= most ? counts : `${actions.length} actions`;
  return { state: "success", description: `${told} · ${digest}` };
}

/** Writes the status of the planned commit. Throws a GitHubError. */
export async function writeStatus(
  github: GitHub,
  { event, title, shell }: Step,
  status: { readonly state: string; readonly description: string },
): Promise<void> {
  await github.createStatus(plannedCommit(event), {
    state: status.state,
    description: shell.redactor.text(status.description).slice(0, LONGEST_DESCRIPTION),
    context: statusName(title),
    ...(event.runUrl === "" ? {} : { target_url: event.runUrl }),
  });
}

/** The digest that our newest status of this name gives a commit; undefined where there is none, or it is no success. */
export async function reviewedDigest(github: GitHub, sha: string, title: string): Promise<string | undefined> {
  for await (const status of github.statuses(sha)) {
    if (status.context !== statusName(title) || !(await github.isOwn(status.creator))) continue;
    if (status.state !== "success") return undefined;
    return /\bsha256:[0-9a-f]{64}$/.exec(status.description ?? "")?.[0];
  }
  return undefined;
}

function cut(text: string): string {
  return cutText(text, LONGEST_DESCRIPTION);
}
