import type { TargetConfig } from "../model/config.ts";
import { SecretRef } from "../model/document.ts";
import type { ProviderId } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import { checkBaseUrl } from "./base-url.ts";
import type { ConfigInput } from "./config.ts";
import { isForbiddenKey } from "./forbidden.ts";
import { type InterpolationProblem, type Lookups, mayInterpolate, resolveString } from "./interpolate.ts";
import { quote } from "./quote.ts";
import type { Placed, PlacedFields, WrittenConfig } from "./written-config.ts";

const PROVIDERS: readonly ProviderId[] = ["nimble", "blaxel"];

const KEY_FORM = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** Names, in upper case, of all variables that hold targets' keys, in whatever environment. */
export function keyVariables(written: WrittenConfig): ReadonlySet<string> {
  const settings = [written, ...Object.values(written.environments ?? {})];
  const keys = settings.flatMap((each) =>
    Object.values(each?.targets ?? {}).map((target) => KEY_FORM.exec(target.apiKey ?? "")?.[1]),
  );
  return new Set(keys.flatMap((name) => (name === undefined ? [] : [name.toUpperCase()])));
}

/** The targets by name: those of the config, and the two that are always there. */
export function readTargets(
  input: ConfigInput,
  written: ReadonlyMap<string, PlacedFields>,
  lookups: Lookups,
): Readonly<Record<string, TargetConfig>> {
  const targets = new Map<string, TargetConfig>(
    PROVIDERS.map((name) => [name, { name, provider: name, explicit: false }]),
  );
  for (const [name, fields] of written) {
    const target = readTarget(input, name, fields, lookups);
    if (target !== undefined) targets.set(name, target);
  }
  return Object.fromEntries([...targets].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readTarget(
  input: ConfigInput,
  name: string,
  fields: PlacedFields,
  lookups: Lookups,
): TargetConfig | undefined {
  const place = [...fields.values()][0]?.at.slice(0, -1) ?? ["targets", name];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || name.length > 64) {
    const hint =
      "Names of targets hold letters, digits, '.', '_' and '-', and begin with a letter or digit; they stand before the / of an address.";
    input.report({
      code: "JW1317",
      message: `${quote(name)} cannot be the name of a target`,
      hint,
      path: place,
      part: "key",
    });
    return undefined;
  }
  const provider = fields.get("provider")?.value ?? PROVIDERS.find((each) => each === name);
  if (provider !== "nimble" && provider !== "blaxel") {
    input.report({
      code: "JW1105",
      message: `the target ${quote(name)} has no provider`,
      hint: "Write provider: nimble or provider: blaxel.",
      path: place,
      part: "key",
    });
    return undefined;
  }
  const workspace = plainText(input, fields.get("workspace"), lookups);
  checkWorkspace(input, provider, fields.get("workspace"), workspace);
  const baseUrl = readBaseUrl(input, fields.get("baseUrl"), lookups);
  const key = readKey(input, fields.get("apiKey"));
  return {
    name,
    provider,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(key === undefined ? {} : key),
    explicit: true,
  };
}

function checkWorkspace(
  input: ConfigInput,
  provider: ProviderId,
  field: Placed<Json> | undefined,
  workspace: string | undefined,
): void {
  if (field === undefined) return;
  if (provider !== "blaxel") {
    input.report({
      code: "JW1104",
      message: "only targets of blaxel have a workspace",
      hint: "Remove it.",
      path: field.at,
      part: "key",
    });
  } else if (workspace !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(workspace)) {
    const hint = "Names of workspaces hold letters, digits and hyphens.";
    input.report({
      code: "JW1317",
      message: `${quote(workspace)} cannot be the name of a workspace`,
      hint,
      path: field.at,
    });
  }
}

function readBaseUrl(input: ConfigInput, field: Placed<Json> | undefined, lookups: Lookups): string | undefined {
  const text = plainText(input, field, lookups);
  if (field === undefined || text === undefined) return undefined;
  const problem = checkBaseUrl(text);
  if (problem === undefined) return text;
  input.report({ code: "JW1315", ...problem, path: field.at });
  return undefined;
}

/** A setting that is no secret although it may come from the environment; undefined where it is not known. */
function plainText(input: ConfigInput, field: Placed<Json> | undefined, lookups: Lookups): string | undefined {
  if (typeof field?.value !== "string") return undefined;
  if (!mayInterpolate(field.value, false)) return field.value;
  const problems: InterpolationProblem[] = [];
  const value = resolveString(field.value, false, lookups, problems);
  for (const problem of problems) {
    if (problem.code !== "JW1303" || !input.sandbox)
      input.report({ ...problem, path: field.at, text: field.value.slice(problem.start, problem.end) });
  }
  if (value instanceof SecretRef) return lookups.reveal(value);
  return typeof value === "string" ? value : undefined;
}

function readKey(
  input: ConfigInput,
  field: Placed<Json> | undefined,
): Pick<TargetConfig, "apiKey" | "apiKeyFrom"> | undefined {
  if (typeof field?.value !== "string") return undefined;
  const name = KEY_FORM.exec(field.value)?.[1];
  if (name === undefined) {
    const hint =
      "Put the key into an environment variable and write apiKey: ${env:NAME}. If this one was ever committed, replace it.";
    input.report({
      code: "JW1316",
      message: "an API key must not stand in the config",
      hint,
      path: field.at,
      conceal: true,
    });
    return undefined;
  }
  if (isForbiddenKey(name)) {
    const message = `${name} is a credential of jobwright or the runner, not of a platform`;
    input.report({
      code: "JW1306",
      message,
      hint: "Use a variable of its own for the platform's key.",
      path: field.at,
    });
    return undefined;
  }
  const apiKeyFrom = `env:${name}`;
  if (!input.resolve || input.sandbox) return { apiKeyFrom };
  const value = input.env[name];
  if (value === undefined || value === "") {
    const message = `the environment variable ${name} is ${value === undefined ? "not set" : "set, but empty"}`;
    input.report({ code: "JW1303", message, hint: "It holds the API key of this target.", path: field.at });
    return { apiKeyFrom };
  }
  input.table.add(apiKeyFrom, value);
  return { apiKey: apiKeyFrom, apiKeyFrom };
}
