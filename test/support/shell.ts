import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Shell } from "../../src/commands/shell.ts";
import { createUndiciTransport } from "../../src/http/undici-transport.ts";
import { systemClock } from "../../src/io.ts";
import type { SecretTable } from "../../src/model/document.ts";
import type { Env } from "../../src/model/runtime.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { nodeDisk } from "../../src/state/disk.ts";
import { nodeHost } from "../../src/state/host.ts";

/** A shell for commands in this process: real files, a clock that stands still, and a log to look at. */
export interface TestShell extends Shell {
  /** Lines that were logged. */
  readonly lines: string[];
}

/** What a test decides about its shell. */
export interface TestShellOptions {
  readonly cwd: string;
  readonly env?: Env;
  /** What the clock shows. */
  readonly now?: string;
  /** Answers of the user; without, there is no terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

/** A shell of its own; every command of one test may share it. */
export function testShell(options: TestShellOptions): TestShell {
  const { cwd, env = {}, now = "2026-11-23T12:00:00Z", ask } = options;
  const lines: string[] = [];
  const tables: SecretTable[] = [];
  let seed = 1;
  const redactor = createRedactor(() => tables.flatMap((table) => [...table.values()]));
  return {
    runtime: {
      env,
      cwd,
      clock: { ...systemClock, wall: () => new Date(now) },
      // Repeatable, and never twice the same.
      random: () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      },
      log: (line) => {
        lines.push(redactor.text(line));
      },
      signal: new AbortController().signal,
    },
    version: "0.0.0",
    disk: nodeDisk,
    host: nodeHost,
    transport: createUndiciTransport,
    guard: (secrets) => {
      tables.push(secrets);
    },
    redactor,
    style: PLAIN_STYLE,
    ask,
    trace: undefined,
    lines,
  };
}

/** An empty folder, links resolved, and what takes it away again. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "jobwright-test-")));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
