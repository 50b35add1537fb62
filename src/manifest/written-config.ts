import type { IgnoreRule, PatchRule } from "../model/config.ts";
import type { ProviderId } from "../model/job.ts";
import type { Json } from "../model/json.ts";

/** jobwright.yaml as written, once it fits schemas/config.schema.json. Durations and dates are still text. */
export interface WrittenConfig extends WrittenSettings {
  readonly environments?: Readonly<Record<string, WrittenEnvironment | null>>;
}

/** An environment's settings, and what holds for it alone. */
export interface WrittenEnvironment extends WrittenSettings {
  readonly confirm?: "name";
}

/** What may stand at the top and in each environment. */
export interface WrittenSettings {
  readonly manifests?: readonly string[];
  readonly exclude?: readonly string[];
  readonly targets?: Readonly<Record<string, WrittenTarget>>;
  readonly vars?: Readonly<Record<string, Json>>;
  readonly patches?: readonly PatchRule[];
  readonly state?: { readonly store?: "none" | "file" | "git"; readonly ref?: string; readonly remote?: string };
  readonly ignore?: readonly IgnoreRule[];
  readonly safety?: WrittenSafety;
  readonly http?: WrittenHttp;
  readonly createSettle?: string;
}

export interface WrittenTarget {
  readonly provider?: ProviderId;
  readonly baseUrl?: string;
  readonly workspace?: string;
  readonly apiKey?: string;
}

export interface WrittenSafety {
  readonly maxDeletes?: number;
  readonly maxDeletesPercent?: number;
  readonly maxUpdatesPercent?: number;
  readonly protect?: readonly string[];
  readonly adopt?: "allow" | "deny";
  readonly conflicts?: "overwrite" | "refuse";
}

export interface WrittenHttp {
  readonly concurrency?: number;
  readonly readTries?: number;
  readonly writeTries?: number;
  readonly readTimeout?: string;
  readonly writeTimeout?: string;
  readonly maxWait?: string;
  readonly maxWaitTotal?: string;
}

/** A value with where it was written: segments of a JSON Pointer into the config. */
export interface Placed<T> {
  readonly value: T;
  readonly at: readonly string[];
}

/** The settings of the top with an environment's over them, each with its place. */
export interface MergedSettings {
  readonly manifests?: Placed<readonly string[]>;
  readonly exclude?: Placed<readonly string[]>;
  /** By name, then by field. */
  readonly targets: ReadonlyMap<string, PlacedFields>;
  readonly vars: ReadonlyMap<string, Placed<Json>>;
  readonly patches: readonly Placed<PatchRule>[];
  readonly ignore: readonly Placed<IgnoreRule>[];
  readonly state: PlacedFields;
  readonly safety: PlacedFields;
  readonly http: PlacedFields;
  readonly createSettle?: Placed<string>;
  readonly confirm?: "name";
}

/** Fields of a section, by name. */
export type PlacedFields = ReadonlyMap<string, Placed<Json>>;

/** Merges an environment over the top: sections key by key, targets field by field, patches appended, lists replaced. */
export function mergeSettings(written: WrittenConfig, environment: string): MergedSettings {
  const chosen = environment === "" ? undefined : own(written.environments, environment);
  const layers: Placed<WrittenSettings>[] = [{ value: written, at: [] }];
  if (chosen !== undefined && chosen !== null) layers.push({ value: chosen, at: ["environments", environment] });
  const last = <K extends "manifests" | "exclude" | "createSettle" | "ignore">(key: K) =>
    layers
      .flatMap(({ value, at }) => (value[key] === undefined ? [] : [{ value: value[key], at: [...at, key] }]))
      .at(-1);
  const fields = (key: "state" | "safety" | "http" | "vars"): Map<string, Placed<Json>> =>
    new Map(
      layers.flatMap(({ value, at }) =>
        placedEntries((value[key] ?? {}) as Readonly<Record<string, Json>>, [...at, key]),
      ),
    );
  const ignore = last("ignore");
  const manifests = last("manifests");
  const exclude = last("exclude");
  const createSettle = last("createSettle");
  return {
    ...(manifests === undefined ? {} : { manifests: manifests as Placed<readonly string[]> }),
    ...(exclude === undefined ? {} : { exclude: exclude as Placed<readonly string[]> }),
    ...(createSettle === undefined ? {} : { createSettle: createSettle as Placed<string> }),
    ...(chosen?.confirm === undefined ? {} : { confirm: chosen.confirm }),
    targets: mergeTargets(layers),
    vars: fields("vars"),
    patches: layers.flatMap(({ value, at }) => placedItems(value.patches ?? [], [...at, "patches"])),
    ignore: ignore === undefined ? [] : placedItems(ignore.value as readonly IgnoreRule[], ignore.at),
    state: fields("state"),
    safety: fields("safety"),
    http: fields("http"),
  };
}

function mergeTargets(layers: readonly Placed<WrittenSettings>[]): ReadonlyMap<string, PlacedFields> {
  const targets = new Map<string, Map<string, Placed<Json>>>();
  for (const { value, at } of layers) {
    for (const [name, target] of Object.entries(value.targets ?? {})) {
      const merged = targets.get(name) ?? new Map<string, Placed<Json>>();
      for (const [key, field] of placedEntries({ ...target }, [...at, "targets", name])) merged.set(key, field);
      targets.set(name, merged);
    }
  }
  return targets;
}

function placedEntries(object: Readonly<Record<string, Json>>, at: readonly string[]): [string, Placed<Json>][] {
  return Object.entries(object).map(([key, value]) => [key, { value, at: [...at, key] }]);
}

function placedItems<T>(items: readonly T[], at: readonly string[]): Placed<T>[] {
  return items.map((value, index) => ({ value, at: [...at, String(index)] }));
}

function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}
