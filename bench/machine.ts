import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { SECRET } from "./estate.ts";
import type { ServerOrder, ServerTask } from "./server.ts";

/** Folders and programs that a benchmark uses. */
export interface Bench {
  /** The repository. */
  readonly root: string;
  /** Where estates are made; removed at the end. */
  readonly scratch: string;
  /** The bundled server.ts. */
  readonly server: string;
}

/** One measured process. */
export interface Measured {
  readonly ms: number;
  /** MiB; 0 where nobody asked. */
  readonly peakMiB: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and measures it. `env` comes on top of PATH and HOME alone. */
export async function measure(
  { scratch }: Bench,
  command: readonly [string, ...string[]],
  of: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly preload?: string },
): Promise<Measured> {
  const [program, ...args] = command;
  const peak = join(scratch, "peak");
  rmSync(peak, { force: true });
  const preload = of.preload === undefined ? [] : ["-r", of.preload];
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: scratch, NO_COLOR: "1", BENCH_PEAK: peak, CHECKPOINT_DISABLE: "1", ...of.env };
  const started = performance.now();
  const child = spawn(program, [...preload, ...args], { cwd: of.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      // Only the end is ever looked at.
      said[name] = (said[name] + text).slice(-100_000);
    });
  const [code] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - started;
  const peakMiB = of.preload === undefined || code === null ? 0 : Number(readFileSync(peak, "utf8")) / 1024;
  return { ms, peakMiB, code, ...said };
}

/** A sandbox in another process. */
export interface Server {
  readonly url: string;
  /** What jobwright needs to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on every answer takes so long; answers how many requests there were so far. */
  delay(latencyMs: number): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one that serves an estate. */
export async function startServer({ server }: Bench, task: ServerTask): Promise<Server> {
  const child = fork(server, [JSON.stringify(task)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  return {
    url,
    env: {
      NIMBLE_BASE_URL: url,
      NIMBLE_API_KEY: "bench-nimble-key",
      BL_API_URL: `${url}/v0`,
      BL_API_KEY: "bench-blaxel-key",
      BL_WORKSPACE: "acme",
      JOBWRIGHT_STATE_KEY: "the key of the benchmark",
      [SECRET.variable]: SECRET.value,
    },
    delay: async (latencyMs) => {
      const answered = once(child, "message");
      child.send({ latencyMs } satisfies ServerOrder);
      const [{ requests }] = (await answered) as [{ requests: number }];
      return requests;
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** The machine in words. */
export function machineWords(): string {
  const model = cpus()[0]?.model.trim().replace(/\s+/g, " ") ?? "unknown processor";
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${model}), ${memory} GiB, ${process.platform}, Node.js ${process.versions.node}`;
}

/** The middle one; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
