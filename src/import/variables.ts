import { parsePointer } from "../document/pointer.ts";
import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import { type Address, splitAddress } from "../model/job.ts";

/** A secret that a manifest is to refer to. */
export interface ImportedSecret {
  readonly address: Address;
  /** The change path of its value: `/spec/runtime/envs/NAME/value`. */
  readonly path: string;
}

/** What names are not free. */
export interface TakenNames {
  /** Variables that manifests refer to already. */
  readonly used: ReadonlySet<string>;
  /** Whether a variable is never handed on: a credential of the tool, a platform or the runner. */
  readonly forbidden: (name: string) => boolean;
}

/**
 * A variable of the environment for each secret, in the order given: the name that the job itself has for it where that
 * is one and nobody else's; else with the job's name in front, then with the target's, then with a number. Two secrets
 * never share one: nobody knows whether their values are the same.
 */
export function nameVariables(secrets: readonly ImportedSecret[], taken: TakenNames): readonly string[] {
  const names = secrets.map(({ path }) => variableName(parsePointer(path).at(-2) ?? ""));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toUpperCase(), (counts.get(name.toUpperCase()) ?? 0) + 1);
  const given = new Set([...taken.used].map((name) => name.toUpperCase()));
  const free = (name: string): boolean => !given.has(name.toUpperCase()) && !taken.forbidden(name);
  return secrets.map(({ address }, i) => {
    const plain = names[i] ?? "";
    const { target, name } = splitAddress(address);
    const prefixed = [`${name}_${plain}`, `${target}_${name}_${plain}`, `JOB_${target}_${name}_${plain}`].map(upper);
    const choices = [...(counts.get(plain.toUpperCase()) === 1 ? [plain] : []), ...prefixed];
    const chosen = choices.find(free) ?? numbered(prefixed.at(-1) ?? plain, free);
    given.add(chosen.toUpperCase());
    return chosen;
  });
}

/** Variables that a document refers to. */
export function variablesIn(value: Value): readonly string[] {
  if (value instanceof SecretRef) {
    if (value.text.startsWith("env:")) return [value.text.slice("env:".length)];
    return [...value.text.matchAll(/\$\{env:([^}]*)\}/g)].map(([, name = ""]) => name);
  }
  if (isList(value)) return value.flatMap(variablesIn);
  return isObject(value) ? Object.values(value).flatMap(variablesIn) : [];
}

function variableName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_]+/g, "_");
  return /^[A-Za-z_]/.test(name) && /[A-Za-z0-9]/.test(name) ? name : `SECRET_${name}`;
}

function upper(text: string): string {
  return variableName(text.toUpperCase());
}

function numbered(name: string, free: (name: string) => boolean): string {
  for (let n = 2; ; n++) if (free(`${name}_${n}`)) return `${name}_${n}`;
}
