import type { Code } from "../codes.ts";
import {
  type Config,
  HTTP_DEFAULTS,
  type HttpConfig,
  type IgnoreRule,
  type PatchRule,
  SAFETY_DEFAULTS,
  type SafetyConfig,
} from "../model/config.ts";
import { SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { Json } from "../model/json.ts";
import type { Env } from "../model/runtime.ts";
import validateConfig from "../compiled/config.js";
import { isJsonObject } from "./convert.ts";
import { parseDuration } from "./duration.ts";
import { checkGlob } from "./glob-guard.ts";
import type { Lookups } from "./interpolate.ts";
import { createLookups, type FileText } from "./lookups.ts";
import { checkOperation, isPointer } from "./patch.ts";
import { quote } from "./quote.ts";
import { fieldName, type Report } from "./report.ts";
import { closest } from "./suggest.ts";
import { keyVariables, readTargets } from "./targets.ts";
import { describeErrors } from "./wording.ts";
import {
  type MergedSettings,
  mergeSettings,
  type Placed,
  type PlacedFields,
  type WrittenConfig,
} from "./written-config.ts";

/** What a config is made from. */
export interface ConfigInput {
  /** Absolute. */
  readonly root: string;
  /** Relative to the root; absent where there is none. */
  readonly file?: string;
  /** The config file's content, parsed; undefined where there is none, or where it is broken. */
  readonly value: Json | undefined;
  /** True where there is a config file and it could not be parsed. */
  readonly broken: boolean;
  readonly env: Env;
  /** "" for none. */
  readonly environment: string;
  readonly resolve: boolean;
  readonly sandbox: boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly table: SecretTable;
  readonly readFile: (path: string) => FileText;
  /** Takes problems at fields of the config file. */
  readonly report: Report;
  /** Takes problems that have no place in it. */
  readonly reportElsewhere: (code: Code, message: string, hint: string) => void;
}

/** A rule of the config, and whether it met a manifest yet. */
export interface LocatedRule<T> extends Placed<T> {
  matched: boolean;
}

/** The config, and what only manifests need of it. */
export interface LoadedConfig {
  readonly config: Config;
  readonly patches: readonly LocatedRule<PatchRule>[];
  readonly ignore: readonly LocatedRule<IgnoreRule>[];
  readonly lookups: Lookups;
  /** False where parts of the file could not be used: targets and variables may be missing from it. */
  readonly complete: boolean;
}

const DEFAULT_MANIFESTS = ["jobs/**/*.{yaml,yml}"];

/** Reads a config: checks it, chooses the environment, fills in defaults, resolves interpolations. Never throws. */
export function readConfig(input: ConfigInput): LoadedConfig {
  const { usable, complete } = checkShape(input);
  const settings = mergeSettings(usable, input.environment);
  checkEnvironment(input, usable, complete);
  const lookups = createLookups({
    env: input.env,
    readFile: input.readFile,
    resolve: input.resolve,
    table: input.table,
    keys: keyVariables(usable),
    vars: Object.fromEntries([...settings.vars].map(([name, { value }]) => [name, value])),
    varsComplete: complete,
    environment: input.environment,
    report: (name, path, text, problem) => {
      const at = settings.vars.get(name)?.at ?? ["vars", name];
      input.report({ ...problem, path: [...at, ...path], text: text.slice(problem.start, problem.end) });
    },
  });
  const patches = checkPatches(input.report, settings.patches);
  const config: Config = {
    root: input.root,
    ...(input.file === undefined ? {} : { file: input.file }),
    environment: input.environment,
    ...(settings.confirm === undefined ? {} : { confirm: settings.confirm }),
    environments: Object.keys(usable.environments ?? {}).sort(),
    manifests: checkGlobs(input.report, settings.manifests) ?? DEFAULT_MANIFESTS,
    exclude: checkGlobs(input.report, settings.exclude) ?? [],
    targets: readTargets(input, settings.targets, lookups),
    vars: resolveVars(input.report, settings, lookups),
    patches: patches.map(({ value }) => value),
    state: readState(input.report, settings.state),
    ignore: settings.ignore.map(({ value }) => value),
    safety: readSafety(settings.safety),
    http: readHttp(input.report, settings.http),
    createSettleMs: readCreateSettle(input, settings.createSettle),
  };
  const ignore = checkIgnore(input, settings.ignore);
  return { config, patches, ignore, lookups, complete };
}

/** Checks the file against its schema; sections with errors are left out of what is used. */
function checkShape(input: ConfigInput): { readonly usable: WrittenConfig; readonly complete: boolean } {
  const { value } = input;
  if (value === undefined || value === null) return { usable: {}, complete: !input.broken };
  if (validateConfig(value)) return { usable: value as WrittenConfig, complete: true };
  const errors = validateConfig.errors ?? [];
  const checked = { value, secrets: new Map(), whole: "the config", unknown: unknownHint };
  const bad = new Set<string>();
  for (const problem of describeErrors(errors, checked)) {
    input.report(problem);
    bad.add(problem.path[0] ?? "");
  }
  if (!isJsonObject(value)) return { usable: {}, complete: false };
  return {
    usable: Object.fromEntries(Object.entries(value).filter(([key]) => !bad.has(key))) as WrittenConfig,
    complete: false,
  };
}

/**
 * What of a config decides what plans may do, in an environment; nothing is interpolated there. Undefined for a config
 * that this version does not take.
 */
export function readPolicy(
  value: Json | undefined,
  environment: string,
): { readonly safety: SafetyConfig; readonly ignore: readonly IgnoreRule[] } | undefined {
  const written: unknown = value ?? {};
  if (!validateConfig(written)) return undefined;
  const { safety, ignore } = mergeSettings(written as WrittenConfig, environment);
  return { safety: readSafety(safety), ignore: ignore.map((rule) => rule.value) };
}

function unknownHint(field: string, path: readonly string[]): string | undefined {
  if (path.length === 0 && (field === "protect" || field === "maxDeletes" || field === "adopt"))
    return `Write it under safety: safety.${field}.`;
  if (path.length === 0 && field === "confirm")
    return "It holds for one environment: environments: { prod: { confirm: name } }.";
  if (path.length === 0 && field === "environment") return "Environments stand under environments, by name.";
  return undefined;
}

function checkEnvironment(input: ConfigInput, usable: WrittenConfig, complete: boolean): void {
  const { environment } = input;
  const names = Object.keys(usable.environments ?? {});
  if (environment === "" || names.includes(environment) || !complete) return;
  const message = `the config has no environment ${quote(environment)}`;
  const meant = closest(environment, names);
  const known =
    names.length === 0 ? "It has none; they stand under environments." : `It has: ${names.sort().join(", ")}.`;
  input.reportElsewhere("JW1302", message, `${meant === undefined ? "" : `Did you mean ${meant}? `}${known}`);
}

function checkGlobs(report: Report, globs: Placed<readonly string[]> | undefined): readonly string[] | undefined {
  globs?.value.forEach((glob, index) => {
    const problem = checkGlob(glob);
    if (problem !== undefined) report({ code: "JW1313", ...problem, path: [...globs.at, String(index)] });
  });
  return globs?.value.filter((glob) => checkGlob(glob) === undefined);
}

function checkPatches(report: Report, rules: readonly Placed<PatchRule>[]): LocatedRule<PatchRule>[] {
  return rules.flatMap((rule) => {
    let usable = true;
    rule.value.patch.forEach((operation, index) => {
      const problem = checkOperation(operation);
      if (problem === undefined) return;
      usable = false;
      report({ ...problem, path: [...rule.at, "patch", String(index), problem.field] });
    });
    return usable ? [{ ...rule, matched: false }] : [];
  });
}

function checkIgnore(input: ConfigInput, rules: readonly Placed<IgnoreRule>[]): LocatedRule<IgnoreRule>[] {
  for (const { value, at } of rules) {
    value.paths.forEach((path, index) => {
      if (isPointer(path) && path !== "") return;
      const hint = "Write such as /spec/runtime/image; * stands for any one key.";
      input.report({
        code: "JW1320",
        message: `${quote(path)} is not a JSON Pointer to a field`,
        hint,
        path: [...at, "paths", String(index)],
      });
    });
    const { until } = value;
    if (until === undefined) continue;
    const path = [...at, "until"];
    if (!isDay(until))
      input.report({ code: "JW1321", message: `${quote(until)} is not a day`, hint: "Write YYYY-MM-DD.", path });
    else if (until < input.today) {
      const hint = "Remove the rule, or move its end if the reason still holds.";
      const reason = value.reason === undefined ? "" : ` (${value.reason})`;
      input.report({ code: "JW1312", message: `this ignore rule ran out on ${until}${reason}`, hint, path });
    }
  }
  return rules.map((rule) => ({ ...rule, matched: false }));
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Variables as plans show them: references to one another put in, secrets as they are written. */
function resolveVars(report: Report, settings: MergedSettings, lookups: Lookups): Readonly<Record<string, Json>> {
  const entries = [...settings.vars].map(([name, { value, at }]): [string, Json] => {
    const found = lookups.variable(name);
    if ("problem" in found) report({ ...found.problem, path: at });
    return [name, "value" in found ? shownValue(found.value) : value];
  });
  return Object.fromEntries(entries);
}

function shownValue(value: Value): Json {
  return JSON.parse(
    JSON.stringify(value, (_key, item: Value) => (item instanceof SecretRef ? refText(item.text) : item)),
  ) as Json;
}

function refText(text: string): string {
  return /^(?:env|file):/.test(text) ? `\${${text}}` : text;
}

function readState(report: Report, fields: PlacedFields): Config["state"] {
  const store = fields.get("store")?.value;
  const ref = fields.get("ref");
  const remote = fields.get("remote");
  if (typeof ref?.value === "string" && !isRefName(ref.value)) {
    const hint = "Write its whole name, such as refs/jobwright/state.";
    report({ code: "JW1318", message: `${quote(ref.value)} is not the full name of a Git ref`, hint, path: ref.at });
  }
  if (typeof remote?.value === "string" && !/^[A-Za-z0-9_][\w.-]*$/.test(remote.value)) {
    report({
      code: "JW1318",
      message: `${quote(remote.value)} is not the name of a Git remote`,
      hint: "Write a name such as origin.",
      path: remote.at,
    });
  }
  return {
    store: store === "none" || store === "git" ? store : "file",
    ref: typeof ref?.value === "string" ? ref.value : "refs/jobwright/state",
    remote: typeof remote?.value === "string" ? remote.value : "origin",
  };
}

function isRefName(text: string): boolean {
  const parts = text.split("/");
  return (
    parts.length >= 3 &&
    parts[0] === "refs" &&
    parts.every((part) => /^[A-Za-z0-9_][\w.-]*$/.test(part) && !part.includes("..") && !/(?:\.lock|\.)$/.test(part))
  );
}

function readSafety(fields: PlacedFields): SafetyConfig {
  const protect = fields.get("protect")?.value;
  const count = (key: "maxDeletes" | "maxDeletesPercent" | "maxUpdatesPercent") => {
    const value = fields.get(key)?.value;
    return typeof value === "number" ? value : SAFETY_DEFAULTS[key];
  };
  return {
    maxDeletes: count("maxDeletes"),
    maxDeletesPercent: count("maxDeletesPercent"),
    maxUpdatesPercent: count("maxUpdatesPercent"),
    protect: Array.isArray(protect) ? protect.map(String) : SAFETY_DEFAULTS.protect,
    adopt: fields.get("adopt")?.value === "deny" ? "deny" : "allow",
    conflicts: fields.get("conflicts")?.value === "refuse" ? "refuse" : "overwrite",
  };
}

function readHttp(report: Report, fields: PlacedFields): HttpConfig {
  const count = (key: "concurrency" | "readTries" | "writeTries") => {
    const value = fields.get(key)?.value;
    return typeof value === "number" ? value : HTTP_DEFAULTS[key];
  };
  const duration = (key: string, standard: number) => readDuration(report, fields.get(key), standard);
  return {
    concurrency: count("concurrency"),
    readTries: count("readTries"),
    writeTries: count("writeTries"),
    readTimeoutMs: duration("readTimeout", HTTP_DEFAULTS.readTimeoutMs),
    writeTimeoutMs: duration("writeTimeout", HTTP_DEFAULTS.writeTimeoutMs),
    maxWaitMs: duration("maxWait", HTTP_DEFAULTS.maxWaitMs),
    maxWaitTotalMs: duration("maxWaitTotal", HTTP_DEFAULTS.maxWaitTotalMs),
  };
}

const DURATION_HINT = "Write a number with ms, s or m, such as 500ms, 30s or 5m; at most a day.";

function readDuration(report: Report, field: Placed<Json> | undefined, standard: number): number {
  if (field === undefined || typeof field.value !== "string") return standard;
  const duration = parseDuration(field.value);
  if (duration === undefined) {
    report({
      code: "JW1314",
      message: `${fieldName(field.at)} is ${quote(field.value)}, which is no duration`,
      hint: DURATION_HINT,
      path: field.at,
    });
  }
  return duration ?? standard;
}

function readCreateSettle(input: ConfigInput, field: Placed<string> | undefined): number {
  const written = readDuration(input.report, field, 30_000);
  const text = input.env["JOBWRIGHT_CREATE_SETTLE"];
  if (text === undefined || text === "") return written;
  const duration = parseDuration(text);
  if (duration === undefined)
    input.reportElsewhere("JW1314", `JOBWRIGHT_CREATE_SETTLE is ${quote(text)}, which is no duration`, DURATION_HINT);
  return duration ?? written;
}
