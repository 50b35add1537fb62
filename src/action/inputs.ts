import { JobwrightError } from "../errors.ts";
import { closest } from "../manifest/suggest.ts";
import type { Env } from "../model/runtime.ts";

const COMMANDS = ["validate", "plan", "apply", "drift"] as const;

/** What the action can be told to do. */
export type ActionCommand = (typeof COMMANDS)[number];

/** The action's inputs, checked. Names as in action.yml, in camel case. */
export interface Inputs {
  readonly command: ActionCommand;
  readonly paths: readonly string[];
  readonly config: string | undefined;
  readonly environment: string | undefined;
  readonly targets: readonly string[];
  readonly only: readonly string[];
  readonly prune: boolean;
  readonly allowReplace: boolean;
  readonly workingDirectory: string;
  readonly comment: "always" | "changes" | "never";
  readonly commentKey: string;
  readonly planFile: string | undefined;
  readonly reviewedPlan: "require" | "ignore";
  readonly driftIssue: "none" | "open" | "open-and-close";
  readonly failOnDrift: boolean;
  readonly githubToken: string;
  readonly pullRequestTargetSecrets: "refuse" | "allow";
  readonly sandbox: boolean;
}

/** Inputs that only some commands know; given to another one they are a mistake. */
const MEANT_FOR: Readonly<Record<string, readonly ActionCommand[]>> = {
  targets: ["plan", "apply", "drift"],
  only: ["plan", "apply", "drift"],
  prune: ["plan", "apply"],
  "allow-replace": ["plan", "apply"],
};

/**
 * Reads the `INPUT_*` variables that the runner sets. The runner does not check inputs, not even required ones. Throws
 * a JobwrightError (`JW5601`) that names the input.
 */
export function readInputs(env: Env): Inputs {
  const text = (name: string): string => env[`INPUT_${name.toUpperCase()}`]?.trim() ?? "";
  const optional = (name: string): string | undefined => text(name) || undefined;
  const lines = (name: string): readonly string[] =>
    text(name)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const inputs: Inputs = {
    command: choice("command", text("command"), COMMANDS),
    paths: lines("paths").map((path) => noFlag("paths", path)),
    config: oneLine("config", optional("config")),
    environment: oneLine("environment", optional("environment")),
    targets: lines("targets"),
    only: lines("only"),
    prune: flag("prune", text("prune"), false),
    allowReplace: flag("allow-replace", text("allow-replace"), false),
    workingDirectory: oneLine("working-directory", text("working-directory")) || ".",
    comment: choice("comment", text("comment") || "always", ["always", "changes", "never"]),
    commentKey: oneLine("comment-key", text("comment-key")),
    planFile: oneLine("plan-file", optional("plan-file")),
    reviewedPlan: choice("reviewed-plan", text("reviewed-plan") || "require", ["require", "ignore"]),
    driftIssue: choice("drift-issue", text("drift-issue") || "none", ["none", "open", "open-and-close"]),
    failOnDrift: flag("fail-on-drift", text("fail-on-drift"), true),
    githubToken: text("github-token"),
    pullRequestTargetSecrets: choice("pull-request-target-secrets", text("pull-request-target-secrets") || "refuse", [
      "refuse",
      "allow",
    ] as const),
    sandbox: flag("sandbox", text("sandbox"), false),
  };
  for (const [name, commands] of Object.entries(MEANT_FOR)) {
    const given = text(name) !== "" && text(name).toLowerCase() !== "false";
    if (given && !commands.includes(inputs.command)) {
      throw wrong(`the input ${name} has no meaning for the command ${inputs.command}`, "Leave it out.");
    }
  }
  return inputs;
}

function choice<const T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  const near = value === "" ? undefined : closest(value, allowed);
  const meant = near === undefined ? "" : `Did you mean ${near}? `;
  throw wrong(`the input ${name} is ${JSON.stringify(value)}`, `${meant}It can be ${allowed.join(", ")}.`);
}

function flag(name: string, value: string, otherwise: boolean): boolean {
  if (value === "") return otherwise;
  return choice(name, value.toLowerCase(), ["true", "false"]) === "true";
}

function oneLine<T extends string | undefined>(name: string, value: T): T {
  if (value !== undefined && /[\r\n]/.test(value)) throw wrong(`the input ${name} has several lines`, "Write one.");
  return value;
}

/** Nothing here becomes a command line, but a flag among the paths shows that somebody took it for one. */
function noFlag(name: string, value: string): string {
  if (value.startsWith("-")) {
    throw wrong(`the input ${name} has ${JSON.stringify(value)}`, "Flags have inputs of their own; ./ begins a path.");
  }
  return value;
}

function wrong(message: string, hint: string): JobwrightError {
  return new JobwrightError("JW5601", "invalid", message, { hint });
}
