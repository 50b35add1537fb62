import type { GitHub, IssueComment } from "./github.ts";
import { GitHubError } from "./github-failure.ts";
import { hash } from "./step.ts";

/** GitHub's limit is 65,536 characters; a little less, since nobody says how it counts. */
const LIMITS = [65_000, 30_000, 8_000];

const NEEDS = "pull-requests: write";

/** One comment that is kept up to date. */
export interface StickyComment {
  readonly issue: number;
  /** What it is about: `plan`, `apply`. */
  readonly kind: string;
  readonly key: string;
  /** Its text, in at most so many characters. */
  readonly body: (limit: number) => string;
  /** False: nothing is written where there is none yet. */
  readonly create: boolean;
}

/**
 * Keeps one comment: found by its marker at the very beginning and by us as its author, over all pages; written anew
 * only where something in it is new. Answers its address. Throws a GitHubError.
 */
export async function keepComment(github: GitHub, comment: StickyComment): Promise<string | undefined> {
  const marker = `<!-- jobwright:${comment.kind}:${hash([comment.key])} -->`;
  const old = await find(github, comment.issue, marker);
  if (old === undefined && !comment.create) return undefined;
  for (const limit of LIMITS) {
    const body = `${marker}\n${comment.body(limit - marker.length - 1)}`;
    if (old !== undefined && sameText(old.body ?? "", body)) return old.html_url;
    try {
      const written =
        old === undefined
          ? await github.createComment(comment.issue, body, NEEDS)
          : await github.updateComment(old.id, body, NEEDS);
      return written.html_url;
    } catch (error) {
      // Too long after all.
      if (error instanceof GitHubError && error.status === 422 && limit !== LIMITS.at(-1)) continue;
      throw error;
    }
  }
  return undefined;
}

/** Reads the text of a kept comment, if there is one. Only what is checked against a status may be believed of it. */
export async function readComment(
  github: GitHub,
  comment: Pick<StickyComment, "issue" | "kind" | "key">,
): Promise<string | undefined> {
  return (await find(github, comment.issue, `<!-- jobwright:${comment.kind}:${hash([comment.key])} -->`))?.body;
}

async function find(github: GitHub, issue: number, marker: string): Promise<IssueComment | undefined> {
  for await (const comment of github.comments(issue)) {
    if (comment.body?.startsWith(marker) && (await github.isOwn(comment.user))) return comment;
  }
  return undefined;
}

/** Whether nothing is new: times at which schedules fire next, and which run wrote it, are not news. */
function sameText(a: string, b: string): boolean {
  const timeless = (text: string): string =>
    text
      .replaceAll("\r\n", "\n")
      .replace(/next (?:\d{4}-\d\d-\d\d \d\d:\d\d → )?\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "next")
      .replace(/\/actions\/runs\/\d+/g, "/actions/runs")
      .trimEnd();
  return timeless(a) === timeless(b);
}
