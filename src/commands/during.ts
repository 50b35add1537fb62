import { NO_PROGRESS, type Progress, type Step } from "../model/progress.ts";
import type { Shell } from "./shell.ts";

/** Whom a shell tells how far a run is. */
export function progressOf({ progress = NO_PROGRESS }: Shell): Progress {
  return progress;
}

/** Does some work as a step of which the shell's progress tells: `Reading nimble`, counted in `jobs`. */
export async function during<T>(
  shell: Shell,
  [what, unit = ""]: readonly [what: string, unit?: string],
  work: (step: Step) => T | Promise<T>,
): Promise<T> {
  const step = progressOf(shell).step(what, unit);
  try {
    return await work(step);
  } finally {
    step.end();
  }
}
