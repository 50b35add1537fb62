import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Reason } from "../model/outcome.ts";
import type { Plan } from "../model/plan.ts";

/** How a command of the action ended. */
export interface Outcome {
  /** As the command line's: 0, 1, 2 (changes, or drift), 3, 130. */
  readonly exitCode: number;
  /** Whether the step fails. */
  readonly failed: boolean;
  /** Why, where it failed. */
  readonly reason?: Reason;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Appends outputs to the file that the runner reads (`GITHUB_OUTPUT`); does nothing where there is none. */
export function writeOutputs(file: string | undefined, outputs: Readonly<Record<string, string>>): void {
  if (file === undefined || file === "") return;
  const text = Object.entries(outputs)
    .map(([name, value]) => `${name}${heredoc(value)}`)
    .join("");
  appendFileSync(file, text);
}

/** A value between two lines that nobody can have guessed, and that it does not hold. */
function heredoc(value: string): string {
  const mark = `ghadelimiter_${randomUUID()}`;
  return value.includes(mark) ? heredoc(value) : `<<${mark}\n${value}\n${mark}\n`;
}

/** The outputs that every plan has: its counts, its digest, whether there is something to do. */
export function planOutputs(plan: Plan): Readonly<Record<string, string>> {
  return {
    "has-changes": String(plan.actions.length > 0),
    ...Object.fromEntries(Object.entries(plan.summary).map(([name, count]) => [name, String(count)])),
    digest: plan.digest,
    drifted: String(plan.drifted),
  };
}
