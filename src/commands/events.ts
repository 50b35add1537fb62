import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ApplyEvent } from "../apply/context.ts";
import { JobwrightError } from "../errors.ts";
import { eventDocument } from "../render/event-document.ts";
import { safeJson } from "../render/safe.ts";
import { because } from "../state/failure.ts";
import type { Shell } from "./shell.ts";

/** Where the steps of an apply are written, a line of JSON for each. */
export interface Events {
  /** Never throws and never waits: what cannot be written is told once, and the work goes on. */
  write(event: ApplyEvent, run: string): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Where to write, and what speaks against it. */
export interface EventsOptions {
  /** A file, a pipe, a device; `-` is stdout. */
  readonly to: string;
  /** What is applied: a saved plan is not overwritten before it is read. */
  readonly paths?: readonly string[];
  readonly json?: boolean;
  readonly emit?: (text: string) => void;
}

/** Opens the file anew, before anything is sent. Throws where it cannot be written, or where stdout is taken. */
export async function openEvents(shell: Shell, { to, paths = [], json, emit }: EventsOptions): Promise<Events> {
  const lineOf = (event: ApplyEvent, run: string): string => {
    const result = event.kind === "finished" ? event.result : undefined;
    const { clock } = shell.runtime;
    return `${safeJson(eventDocument(event.action, result, { at: clock.wall(), run, redactor: shell.redactor }))}\n`;
  };
  const { cwd } = shell.runtime;
  if (paths.some((path) => resolve(cwd, path) === resolve(cwd, to))) {
    throw new JobwrightError("JW5001", "invalid", `--events ${to} names what is to be applied`, {
      hint: "Nothing was written. Name another file for the events.",
    });
  }
  if (to !== "-") return intoFile(shell, to, await opened(shell, to), lineOf);
  if (json || emit === undefined) {
    throw new JobwrightError("JW5001", "invalid", "--events - and --json both want stdout", {
      hint: "Name a file for the events: --events events.ndjson.",
    });
  }
  return { write: (event, run) => emit(lineOf(event, run)), close: async () => {} };
}

async function opened(shell: Shell, to: string): Promise<FileHandle> {
  try {
    return await open(resolve(shell.runtime.cwd, to), "w", 0o644);
  } catch (cause) {
    throw new JobwrightError("JW5005", "storage", `${to} cannot be written: ${because(cause)}`, {
      hint: "Nothing was sent. Name a file in a folder that exists and can be written.",
      cause,
    });
  }
}

/** One write after the other, so that lines stay whole and in order. */
function intoFile(
  shell: Shell,
  to: string,
  file: FileHandle,
  lineOf: (event: ApplyEvent, run: string) => string,
): Events {
  let last: Promise<void> = Promise.resolve();
  let broken = false;
  const lost = (error: unknown): void => {
    if (broken) return;
    broken = true;
    shell.runtime.log(`${to} takes no more events: ${because(error)}. The work goes on.`);
  };
  return {
    write: (event, run) => {
      const line = lineOf(event, run);
      last = last.then(() => (broken ? undefined : file.writeFile(line))).catch(lost);
    },
    close: async () => {
      await last;
      await file.close().catch(lost);
    },
  };
}
