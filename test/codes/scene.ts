import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ApplyOptions, apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { PlanOptions } from "../../src/commands/plan-options.ts";
import type { CommandResult, Shell } from "../../src/commands/shell.ts";
import { type ValidateOptions, validate } from "../../src/commands/validate.ts";
import { InvalidInputError } from "../../src/errors.ts";
import type { Clock } from "../../src/model/runtime.ts";
import { errorDocument } from "../../src/render/error-document.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import * as project from "../manifest/project.ts";
import { quickClock } from "../support/engine.ts";
import { type TestShell, temporaryFolder, testShell } from "../support/shell.ts";

/** What a command told of one code, wherever it stands in what it answered. */
export interface Told {
  readonly code: string;
  /** `jobs/a.yaml:7:3 unknown field "shedule" in spec`: the place, where there is one, and the message. */
  readonly text: string;
  readonly hint: string | undefined;
}

/** Provokes a code by what a user can do. */
export type Scenario = (scene: Scene) => Promise<unknown>;

/** Scenarios by the code that each provokes. */
export type Scenarios = Readonly<Record<string, Scenario>>;

/** A project in a folder of its own, commands that run in it, and all that they told. */
export class Scene {
  readonly #folder = temporaryFolder();
  readonly told: Told[] = [];
  /** What commands see; change it before they run. */
  readonly env: Record<string, string> = { PATH: process.env["PATH"] ?? "" };
  readonly #sandboxes: Sandbox[] = [];

  get path(): string {
    return this.#folder.path;
  }

  write(file: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), content);
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), "utf8");
  }

  /** Starts a sandbox for both platforms and points the environment at it. */
  async platforms(options: SandboxOptions = {}): Promise<Sandbox> {
    const sandbox = await startSandbox(options);
    this.#sandboxes.push(sandbox);
    Object.assign(this.env, {
      NIMBLE_BASE_URL: sandbox.url,
      NIMBLE_API_KEY: "nimble-test-key",
      BL_API_URL: `${sandbox.url}/v0`,
      BL_API_KEY: "blaxel-test-key",
      BL_WORKSPACE: "acme",
    });
    return sandbox;
  }

  shell(change: (shell: TestShell) => Partial<Shell> = () => ({})): TestShell {
    const shell = testShell({ cwd: this.path, env: this.env });
    return { ...shell, ...change(shell) };
  }

  /** A shell whose waits take no time. Not with a store that has a lock: its heart would never rest. */
  quick(): TestShell {
    return this.shell(({ runtime }) => ({ runtime: { ...runtime, clock: quickClock() satisfies Clock } }));
  }

  /** Runs a command and gathers what it told: its document, its error, its log. Answers its exit code. */
  async run(command: (shell: Shell) => Promise<CommandResult>, shell = this.shell()): Promise<number | undefined> {
    let exitCode: number | undefined;
    try {
      const result = await command(shell);
      exitCode = result.exitCode;
      if (result.stdout.startsWith("{")) this.#gather(JSON.parse(result.stdout));
    } catch (error) {
      this.#gather(errorDocument(error, error instanceof InvalidInputError ? error.diagnostics : []));
    }
    for (const line of shell.lines) {
      const [, code, text = ""] = /^(?:warning|error|Error) (JW\d{4}):? (.*)/.exec(line) ?? [];
      if (code !== undefined) this.told.push({ code, text, hint: text });
    }
    return exitCode;
  }

  validate(options: Partial<ValidateOptions> = {}): Promise<number | undefined> {
    return this.run((shell) => validate(shell, { paths: [], format: "json", allowEmpty: false, ...options }));
  }

  plan(options: PlanOptions = {}, shell = this.quick()): Promise<number | undefined> {
    return this.run((each) => plan(each, { json: true, ...options }), shell);
  }

  apply(options: ApplyOptions = {}, shell = this.shell()): Promise<number | undefined> {
    return this.run((each) => apply(each, { json: true, autoApprove: true, ...options }), shell);
  }

  async close(): Promise<void> {
    for (const sandbox of this.#sandboxes) await sandbox.close();
    this.#folder.remove();
  }

  /** Everything with a code in a document, at whatever depth. */
  #gather(part: unknown): void {
    if (typeof part !== "object" || part === null) return;
    for (const inner of Object.values(part)) this.#gather(inner);
    const { code, message, hint, file, line, column } = part as Record<string, unknown>;
    if (typeof code !== "string" || typeof message !== "string" || !/^JW\d{4}$/.test(code)) return;
    const place = [file, line, column].filter((each) => each !== undefined).join(":");
    const text = place === "" ? message : `${place} ${message}`;
    this.told.push({ code, text, hint: typeof hint === "string" && hint !== "" ? hint : undefined });
  }
}

/** A manifest of Nimble; `spec` are further lines of it. */
export function nimble(spec = "", name = "amazon-daily", metadata = ""): string {
  return project.nimble(name, spec, metadata);
}

/** A manifest of Blaxel; `spec` are the lines of its spec. */
export function blaxel(spec = "  runtime: { memory: 2048 }\n", name = "nightly", metadata = ""): string {
  return project.blaxel(name, spec, metadata);
}

/** Validates one manifest. */
export function manifest(text: string): Scenario {
  return (scene) => {
    scene.write("jobs/a.yaml", text);
    return scene.validate();
  };
}

/** Validates a config beside one good manifest. */
export function config(text: string, more: Partial<ValidateOptions> = {}): Scenario {
  return (scene) => {
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobwright.yaml", text);
    return scene.validate(more);
  };
}
