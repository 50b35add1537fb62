import { resolve } from "node:path";
import { documentText } from "../render/plan-document.ts";
import { demoSeed } from "../sandbox/seed.ts";
import { startSandbox } from "../sandbox/server.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** The options of `sandbox`. */
export interface SandboxCommandOptions {
  readonly port: number;
  readonly key?: string;
  readonly file?: string;
  readonly seed?: "demo";
  readonly json?: boolean;
  /** Called with what to print once it listens. */
  readonly listening: (text: string) => void;
}

/** What `sandbox --json` tells once it listens. */
export interface SandboxDocument {
  readonly formatVersion: 1;
  /** Nimble's base URL; Blaxel's has `/v0` behind it. */
  readonly url: string;
  /** What to set in the environment to use it. */
  readonly env: Readonly<Record<string, string>>;
}

/** `jobwright sandbox`: serves until it is told to stop. */
export async function sandbox(shell: Shell, options: SandboxCommandOptions): Promise<CommandResult> {
  const server = await startSandbox({
    port: options.port,
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.file === undefined ? {} : { file: resolve(shell.runtime.cwd, options.file) }),
    ...(options.seed === undefined ? {} : { seed: demoSeed() }),
    now: () => shell.runtime.clock.wall(),
  });
  // Keys are blanked in all output: one that is a word of its own leaves the others to be read.
  const key = options.key ?? "sandbox-key";
  const env = {
    NIMBLE_BASE_URL: server.url,
    NIMBLE_API_KEY: key,
    BL_API_URL: `${server.url}/v0`,
    BL_API_KEY: key,
    BL_WORKSPACE: "acme",
  };
  const document: SandboxDocument = { formatVersion: 1, url: server.url, env };
  options.listening(options.json ? documentText(document) : told(server.url, env));
  await new Promise<void>((done) => {
    if (shell.runtime.signal.aborted) done();
    else shell.runtime.signal.addEventListener("abort", () => done(), { once: true });
  });
  await server.close();
  return { exitCode: 0, stdout: "" };
}

function told(url: string, env: Readonly<Record<string, string>>): string {
  return [
    `The sandbox listens on ${url} and speaks both APIs (/v1, /v2: Nimble; /v0: Blaxel). To use it:`,
    "",
    ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
    "",
    "Ctrl-C stops it.",
    "",
  ].join("\n");
}
