import { SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { Json } from "../model/json.ts";
import type { Env } from "../model/runtime.ts";
import { forbiddenPath, isForbiddenVariable } from "./forbidden.ts";
import { type InterpolationProblem, type Lookup, type Lookups, mayInterpolate, resolveString } from "./interpolate.ts";
import { quote } from "./quote.ts";
import { closest } from "./suggest.ts";

/** A file's text, or why it has none for us. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** What values are looked up in. */
export interface LookupSources {
  readonly env: Env;
  /** The text of a file by its path relative to the project root; the path itself was checked. */
  readonly readFile: (path: string) => FileText;
  /** False: neither the environment nor files are looked at; secrets stay without values. */
  readonly resolve: boolean;
  readonly table: SecretTable;
  /** Variables that hold targets' keys, in upper case. */
  readonly keys: ReadonlySet<string>;
  /** As written, by name. */
  readonly vars: Readonly<Record<string, Json>>;
  /** False where the config could not be read whole: then an unknown variable is no news. */
  readonly varsComplete: boolean;
  readonly environment: string;
  /** Takes what is wrong in the text of a variable. */
  readonly report: (name: string, path: readonly string[], text: string, problem: InterpolationProblem) => void;
}

/** Variables that one variable leads through; each is looked up inside of the one before. */
const LONGEST_CHAIN = 100;

/** Lookups that remember what they found. Variables are resolved when they are first asked for. */
export function createLookups(sources: LookupSources): Lookups {
  const found = new Map<string, Lookup<SecretRef>>();
  const remembered = (key: string, look: () => Lookup<SecretRef>): Lookup<SecretRef> => {
    const known = found.get(key) ?? look();
    found.set(key, known);
    return known;
  };
  const vars = new Map<string, Lookup<Value>>();
  const active: string[] = [];
  const lookups: Lookups = {
    env: (name) => remembered(`env:${name}`, () => lookUpEnv(sources, name)),
    file: (path) => remembered(`file:${path}`, () => lookUpFile(sources, path)),
    variable: (name) => {
      const known = vars.get(name);
      if (known !== undefined) return known;
      if (!Object.hasOwn(sources.vars, name)) return unknownVariable(sources, name);
      if (active.includes(name)) return circle(active, name);
      if (active.length >= LONGEST_CHAIN) return tooLong(active[0] ?? name);
      active.push(name);
      const value = resolveVariable(sources, lookups, name);
      active.pop();
      vars.set(name, value);
      return value;
    },
    reveal: (ref) => sources.table.value(ref),
    keep: (key, value) => sources.table.add(key, value),
  };
  return lookups;
}

/** A value with `resolve` applied to every string in it; the same object where nothing changed. */
export function mapStrings(
  value: Json,
  path: readonly string[],
  resolve: (text: string, path: readonly string[]) => Value,
): Value {
  if (typeof value === "string") return resolve(value, path);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json, index) => mapStrings(item, [...path, String(index)], resolve));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value).map(([key, item]): readonly [string, Value] => [
    key,
    mapStrings(item, [...path, key], resolve),
  ]);
  return entries.every(([key, item]) => item === (value as { readonly [key: string]: Json })[key])
    ? (value as Value)
    : Object.fromEntries(entries);
}

function resolveVariable(sources: LookupSources, lookups: Lookups, name: string): Lookup<Value> {
  let failed = false;
  const value = mapStrings(sources.vars[name] ?? null, [], (text, path) => {
    if (!mayInterpolate(text, false)) return text;
    const problems: InterpolationProblem[] = [];
    const resolved = resolveString(text, false, lookups, problems);
    for (const problem of problems) sources.report(name, path, text, problem);
    if (resolved === undefined) failed = true;
    return resolved ?? "";
  });
  return failed ? { silent: true } : { value };
}

function circle(active: readonly string[], name: string): Lookup<Value> {
  const names = [...active.slice(active.indexOf(name)), name].map((each) => `\${var:${each}}`);
  return {
    problem: {
      code: "JW1305",
      message: `variables refer to one another in a circle: ${names.join(" -> ")}`,
      hint: "Give one of them a value of its own.",
    },
  };
}

function tooLong(first: string): Lookup<Value> {
  return {
    problem: {
      code: "JW1305",
      message: `${quote(first)} leads through more than ${LONGEST_CHAIN} variables, each of which refers to the next`,
      hint: "Give one of them a value of its own.",
    },
  };
}

function unknownVariable(sources: LookupSources, name: string): Lookup<Value> {
  if (!sources.varsComplete) return { silent: true };
  const meant = closest(name, Object.keys(sources.vars));
  const where = sources.environment === "" ? "" : ` (environment ${sources.environment})`;
  const hint = meant === undefined ? "Declare it under vars in jobwright.yaml." : `Did you mean \${var:${meant}}?`;
  return { problem: { code: "JW1304", message: `there is no variable ${quote(name)} in the config${where}`, hint } };
}

function lookUpEnv(sources: LookupSources, name: string): Lookup<SecretRef> {
  if (isForbiddenVariable(name, sources.keys)) {
    const message = `${name} is a credential of jobwright, a platform or the runner, and is not handed on`;
    return {
      problem: {
        code: "JW1306",
        message,
        hint: "If the job needs a key, give it one of its own, in a variable of another name.",
      },
    };
  }
  const ref = new SecretRef(`env:${name}`);
  if (!sources.resolve) return { value: ref };
  const value = sources.env[name];
  if (value === undefined || value === "") {
    const message = `the environment variable ${name} is ${value === undefined ? "not set" : "set, but empty"}`;
    const hint =
      value === undefined
        ? "Set it, for example from the CI's secrets."
        : "A CI passes on a secret that does not exist as an empty one.";
    return { problem: { code: "JW1303", message, hint } };
  }
  sources.table.add(`env:${name}`, value);
  return { value: ref };
}

function lookUpFile(sources: LookupSources, written: string): Lookup<SecretRef> {
  const path = written.replace(/^(?:\.\/)+/, "");
  const fail = (reason: string): Lookup<SecretRef> => ({
    problem: {
      code: "JW1307",
      message: `the file ${quote(written)} cannot be interpolated: ${reason}`,
      hint: "Paths are relative to the project root; only regular files of the project, at most 1 MiB, are read.",
    },
  });
  const forbidden = forbiddenPath(path);
  if (forbidden !== undefined) return fail(forbidden);
  const ref = new SecretRef(`file:${path}`);
  if (!sources.resolve) return { value: ref };
  const read = sources.readFile(path);
  if ("problem" in read) return fail(read.problem);
  // An editor ends the last line; the value does not.
  sources.table.add(`file:${path}`, read.text.replace(/\r?\n$/, ""));
  return { value: ref };
}
