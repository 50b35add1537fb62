import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { PlanOptions } from "../commands/plan-options.ts";
import { JobwrightError } from "../errors.ts";
import type { Env } from "../model/runtime.ts";
import { type RunEvent, readEvent } from "./event.ts";
import { createGitHub, type GitHub } from "./github.ts";
import type { Inputs } from "./inputs.ts";
import { openStep, type StepWorld } from "./shell.ts";

/** One run of the action. */
export interface Step extends StepWorld {
  readonly inputs: Inputs;
  readonly event: RunEvent;
  readonly env: Env;
  /** Undefined where there is no token, or no repository to ask about. */
  readonly github: GitHub | undefined;
  /**
   * `prod`, `prod, eu`: the environment, and what tells several uses in it apart: the comment key, or without one the
   * folder and the config file. For titles and the names of statuses; "" for none.
   */
  readonly title: string;
  /** Tells comments and issues of different environments and folders apart. */
  readonly key: string;
  /** The absolute path of a file that the step writes. */
  readonly file: (name: string) => string;
}

/** Puts together what a run of the action has; sends nothing. Throws a JobwrightError where there is no such folder. */
export function openRun(env: Env, inputs: Inputs, version: string): Step {
  const cwd = resolve(env["GITHUB_WORKSPACE"] || process.cwd(), inputs.workingDirectory);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    const hint = "It is relative to the workspace; is the repository checked out?";
    throw new JobwrightError("JW5601", "invalid", `the input working-directory names no folder: ${cwd}`, { hint });
  }
  const world = openStep(env, cwd, version);
  const event = readEvent(env);
  const environment = inputs.environment ?? env["JOBWRIGHT_ENV"] ?? "";
  const place = [inputs.workingDirectory.replace(/^(\.\/)+|\/+$/g, ""), inputs.config ?? ""];
  const apart = inputs.commentKey === "" ? place.filter((part) => part !== ".") : [inputs.commentKey];
  const title = [environment, ...apart].filter((part) => part !== "").join(", ");
  let folder: string | undefined;
  return {
    ...world,
    inputs,
    event,
    env,
    github: connect(world, event, env, inputs.githubToken),
    title,
    key: hash([environment, inputs.commentKey, inputs.workingDirectory, inputs.config ?? ""]),
    file: (name) => {
      folder ??= mkdtempSync(join(env["RUNNER_TEMP"] || tmpdir(), "jobwright-"));
      return join(folder, name);
    },
  };
}

/** The options that all commands take, from the inputs. */
export function planOptions({ inputs }: Step): PlanOptions {
  return {
    paths: inputs.paths,
    target: inputs.targets,
    only: inputs.only,
    prune: inputs.prune,
    allowReplace: inputs.allowReplace,
    sandbox: inputs.sandbox,
    ...(inputs.config === undefined ? {} : { config: inputs.config }),
    ...(inputs.environment === undefined ? {} : { env: inputs.environment }),
  };
}

/** A folder as annotations want it: relative to the workspace, with `/`. */
export function fromWorkspace({ env }: Step, folder: string): string {
  const workspace = resolve(env["GITHUB_WORKSPACE"] || ".");
  // The folder has its links resolved; a runner's workspace may be one.
  const path = relative(existsSync(workspace) ? realpathSync.native(workspace) : workspace, folder);
  return path.startsWith("..") || isAbsolute(path) ? "" : path.split(sep).join("/");
}

/** Does something on GitHub that the run can do without: what fails is told, and answered with undefined. */
export async function softly<T>(step: Step, what: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    step.log.notice("warning", `${what}: ${error.message}. ${error.hint ?? ""}`.trim());
    return undefined;
  }
}

/** A short name for something that may be long. */
export function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

function connect({ shell }: StepWorld, event: RunEvent, env: Env, token: string): GitHub | undefined {
  const { owner, repository } = event;
  const apiUrl = env["GITHUB_API_URL"] ?? "";
  if (token === "" || owner === "" || repository === "" || apiUrl === "") return undefined;
  // GitHub Enterprise Server: https://HOST/api/v3 and https://HOST/api/graphql.
  const graphqlUrl = env["GITHUB_GRAPHQL_URL"] || `${apiUrl.replace(/\/v3\/?$/, "")}/graphql`;
  const { clock, signal } = shell.runtime;
  return createGitHub({ apiUrl, graphqlUrl, token, owner, repository, clock, signal, env });
}
