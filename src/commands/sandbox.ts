import { resolve } from "node:path";
import { demoSeed } from "../sandbox/seed.ts";
import { startSandbox } from "../sandbox/server.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** The options of `sandbox`. */
export interface SandboxCommandOptions {
  readonly port: number;
  readonly key?: string;
  readonly file?: string;
  readonly seed?: "demo";
  /** Called with what to print once it listens. */
  readonly listening: (text: string) => void;
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
  const key = options.key ?? "sandbox";
  options.listening(
    [
      `The sandbox listens on ${server.url} and speaks both APIs (/v1, /v2: Nimble; /v0: Blaxel). To use it:`,
      "",
      `export NIMBLE_BASE_URL=${server.url}`,
      `export NIMBLE_API_KEY=${key}`,
      `export BL_API_URL=${server.url}/v0`,
      `export BL_API_KEY=${key}`,
      "export BL_WORKSPACE=acme",
      "",
      "Ctrl-C stops it.",
      "",
    ].join("\n"),
  );
  await new Promise<void>((done) => {
    if (shell.runtime.signal.aborted) done();
    else shell.runtime.signal.addEventListener("abort", () => done(), { once: true });
  });
  await server.close();
  return { exitCode: 0, stdout: "" };
}
