import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createUndiciTransport } from "../../src/http/undici-transport.ts";
import type { Clock } from "../../src/model/runtime.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { type Disk, nodeDisk } from "../../src/state/disk.ts";
import { systemEnv } from "./cli.ts";
import { runInProcess, wordsOfLine } from "./command-line.ts";
import { temporaryFolder, testShell } from "./shell.ts";

/** Addresses that the pages show, all of which lead to the sandbox: the platforms' own, and that of `jobwright sandbox`. */
const SHOWN = ["https://sdk.nimbleway.com", "https://api.blaxel.ai", "http://127.0.0.1:4010"];

/** What a reader's machine is to the commands of a page: a folder, a terminal, two platforms, and time. */
export interface DocsStage {
  readonly sandbox: Sandbox;
  /** Absolute. */
  readonly folder: string;
  readonly clock: Clock;
  /** What the state is written with; events may put a worse one in its place. */
  disk: Disk;
  /** What the terminal's user exported. */
  readonly env: Record<string, string>;
  write(file: string, text: string): void;
  read(file: string): string;
  /** Runs a line and answers what the terminal shows, in lines. */
  run(line: string): Promise<readonly string[]>;
  /** Lets time pass. */
  pass(ms: number): void;
  close(): Promise<void>;
}

/** An empty folder and platforms without jobs, on a Monday at 17:00 UTC; close it afterwards. */
export async function openStage(): Promise<DocsStage> {
  let now = Date.parse("2026-11-23T17:00:00Z");
  let slept = 0;
  // A wait takes a thousandth of its time, and moves no date that a page shows.
  const clock: Clock = {
    wall: () => new Date(now),
    monotonic: () => now + slept,
    sleep: (ms, signal) =>
      new Promise((done, stop) => {
        if (signal?.aborted) return stop(signal.reason);
        const end = (finish: () => void): void => {
          signal?.removeEventListener("abort", abort);
          finish();
        };
        const abort = (): void => end(() => stop(signal?.reason));
        setTimeout(() => {
          slept += ms;
          end(done);
        }, ms / 1000);
        signal?.addEventListener("abort", abort);
      }),
  };
  const sandbox = await startSandbox({ now: clock.wall });
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "jobs-as-code");
  mkdirSync(folder);
  const env: Record<string, string> = {
    NIMBLE_API_KEY: "nimble-key-1",
    BL_API_KEY: "blaxel-key-1",
    BL_WORKSPACE: "acme",
    USER: "ana",
  };
  let code = 0;
  // Each command is a process of its own, and the machine sees no other.
  let pid = 4710;

  const jobwright = async (words: readonly string[]): Promise<string> => {
    const stop = new AbortController();
    pid += 1;
    const shell = testShell({ cwd: folder, env, now: clock.wall().toISOString() });
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(shell.redactor.text(line));
    };
    const run = runInProcess(words[0] === "sandbox" ? [...words, "--port", "0"] : words, {
      ...shell,
      style: { ...PLAIN_STYLE, terminal: true, width: Number(env["COLUMNS"]) || 100 },
      runtime: { ...shell.runtime, clock, log, signal: stop.signal },
      disk: stage.disk,
      host: {
        name: "laptop",
        pid,
        boot: async () => "this-boot",
        alive: async (other) => other === pid,
        startedAt: async () => undefined,
      },
      transport: () => toSandbox(sandbox.url),
      ask: async (question) => {
        lines.push(`${question}yes`);
        return "yes";
      },
    });
    const printed = words[0] === "sandbox" ? await firstWords(stop) : "";
    const result = await run;
    code = result.code;
    return `${lines.map((line) => `${line}\n`).join("")}${printed}${result.stdout}`;
  };

  const other = (line: string): string => {
    const identity = { name: "ana", email: "ana@acme.example" };
    const date = clock.wall().toISOString();
    const run = spawnSync("sh", ["-c", `exec 2>&1; ${line}`], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...systemEnv(),
        ...{ HOME: temporary.path, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1" },
        ...{ GIT_AUTHOR_NAME: identity.name, GIT_AUTHOR_EMAIL: identity.email, GIT_AUTHOR_DATE: date },
        ...{ GIT_COMMITTER_NAME: identity.name, GIT_COMMITTER_EMAIL: identity.email, GIT_COMMITTER_DATE: date },
      },
    });
    code = run.status ?? 1;
    return run.stdout;
  };

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const run = async (line: string): Promise<readonly string[]> => {
    now += 1_000;
    const words = wordsOfLine(line);
    const [first, ...rest] = words[0] === "npx" ? words.slice(1) : words;
    if (line === "echo $?") return [String(code)];
    if (first === "export" || first === "unset") code = 0;
    if (first === "export") {
      for (const word of rest) env[word.slice(0, word.indexOf("="))] = word.slice(word.indexOf("=") + 1);
      return [];
    }
    if (first === "unset") {
      for (const word of rest) delete env[word];
      return [];
    }
    if (first !== "jobwright") return shownLines(other(line), temporary.path);
    const into = rest.indexOf(">");
    if (into < 0) return shownLines(await jobwright(rest), temporary.path);
    write(rest[into + 1] ?? "", await jobwright(rest.slice(0, into)));
    return [];
  };
  const stage: DocsStage = {
    ...{ sandbox, folder, clock, env, write, run, disk: nodeDisk },
    read: (file) => readFileSync(join(folder, file), "utf8"),
    pass: (ms) => {
      now += ms;
    },
    close: async () => {
      await sandbox.close();
      temporary.remove();
    },
  };
  return stage;
}

/** What differs from run to run as the pages show it: places, ports. */
function shownLines(text: string, home: string): readonly string[] {
  if (text === "") return [];
  const shown = text.replaceAll(home, "~").replace(/(?<=http:\/\/127\.0\.0\.1:)\d+/g, "4010");
  return shown.replace(/\n+$/, "").split("\n");
}

/** `jobwright sandbox` tells its address and serves on: its first words, and then it is stopped. */
async function firstWords(stop: AbortController): Promise<string> {
  const { write } = process.stdout;
  try {
    return await new Promise((done) => {
      process.stdout.write = (chunk: string | Uint8Array) => {
        done(String(chunk));
        return true;
      };
    });
  } finally {
    process.stdout.write = write;
    stop.abort();
  }
}

/** A transport for which every address that a page may show is the sandbox's. */
function toSandbox(url: string): ReturnType<typeof createUndiciTransport> {
  const transport = createUndiciTransport({});
  return {
    close: () => transport.close(),
    exchange: (request, signal) => {
      const known = SHOWN.includes(request.url.origin);
      const target = known ? new URL(request.url.pathname + request.url.search, url) : request.url;
      if (target.hostname !== "127.0.0.1") throw new Error(`a page asks ${request.url.origin}`);
      return transport.exchange({ ...request, url: target }, signal);
    },
  };
}
