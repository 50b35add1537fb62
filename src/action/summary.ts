import { appendFileSync, statSync } from "node:fs";
import { redactedMarkdown } from "./markdown.ts";
import type { Step } from "./step.ts";

/** A step's summary may be this long, in bytes; a longer one is not shown at all. */
const LIMIT = 1024 * 1024;

/** Measures as the limit of summaries does. */
export const bytes = (text: string): number => Buffer.byteLength(text);

/** Adds to the job's summary. `markdown` makes a text of at most so many bytes. */
export function writeSummary(step: Step, markdown: (limit: number) => string): void {
  const file = step.env["GITHUB_STEP_SUMMARY"];
  if (file === undefined || file === "") return;
  const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const room = LIMIT - there - 1024;
  if (room < 1024) return;
  const text = redactedMarkdown(step, markdown(room));
  if (bytes(text) + there + 1 <= LIMIT) appendFileSync(file, `${text}\n`);
}
