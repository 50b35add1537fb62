import { valueAt } from "../document/edit.ts";
import { triggerId } from "../document/list-keys.ts";
import { isList, isObject, own, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { JobState } from "../model/state.ts";
import { seenDigest } from "../plan/precondition.ts";
import { toJson } from "../state/codec.ts";

/** What an entry is made with. */
export interface EntryContext {
  readonly secrets: SecretTable;
  readonly fingerprint: (value: string) => string;
  readonly now: Date;
}

/**
 * What the state is to hold of a job from now on. `live` is the job as answered after the write; the desired document is
 * what was sent, which becomes the base of the next diff.
 */
export function jobEntry(
  context: EntryContext,
  desired: DesiredJob,
  live: Pick<LiveJob, "id" | "facts"> & Partial<LiveJob>,
  prior: JobState | undefined,
  extra: Partial<JobState> = {},
): JobState {
  const triggerIds = rememberedTriggers(desired, live.document);
  return {
    id: live.id,
    ...optional("createdAt", live.facts.createdAt ?? prior?.createdAt),
    ...optional("updatedAt", live.facts.updatedAt),
    apiVersion: desired.apiVersion,
    declared: declaredJson(context, desired.document),
    protect: desired.annotations.protect,
    onRemove: desired.annotations.onRemove,
    file: desired.source.file,
    adopted: prior?.adopted ?? false,
    appliedAt: context.now.toISOString(),
    // Forgetting one would leave it running beside its successor.
    ...optional("doomed", prior?.doomed),
    ...optional("hold", prior?.hold),
    ...(triggerIds === undefined ? {} : { triggerIds }),
    ...(live.document === undefined
      ? {}
      : { seen: seenDigest({ ...live, name: desired.name, document: live.document, inexact: [] }) }),
    ...extra,
  };
}

/** A job that was gone and is made again is another job: of the old entry only the hold, and what is doomed, are kept. */
export function withoutIdentity(
  base: JobState | undefined,
  doomed: NonNullable<JobState["doomed"]> = base?.doomed ?? [],
): JobState | undefined {
  if (base === undefined) return undefined;
  const { createdAt: _, doomed: __, ...rest } = base;
  return { ...rest, adopted: false, ...(doomed.length > 0 ? { doomed } : {}) };
}

/**
 * Of imported secrets, those that were still not sent or compared: they stay marked, now with the fingerprint of their
 * variable, so that a change of it shows.
 */
export function stillUnverified(
  context: EntryContext,
  table: FieldTable,
  desired: DesiredJob,
  prior: JobState | undefined,
  sent: readonly string[],
): Pick<JobState, "unverified"> {
  const entries = Object.entries(prior?.unverified ?? {}).flatMap(([path, then]): [string, string][] => {
    const declared = valueAt(table, desired.document, path);
    if (!(declared instanceof SecretRef) || sent.some((s) => path === s || path.startsWith(`${s}/`))) return [];
    const value = context.secrets.value(declared);
    return [[path, value === undefined ? then : context.fingerprint(value)]];
  });
  return entries.length === 0 ? {} : { unverified: Object.fromEntries(entries) };
}

/** A declared document as the state holds it: secrets as references with the fingerprint of their value. */
export function declaredJson(context: EntryContext, document: Value): JsonObject {
  const json = toJson(document, (ref) => {
    const value = context.secrets.value(ref);
    return value === undefined ? undefined : context.fingerprint(value);
  });
  return json as JsonObject;
}

function rememberedTriggers(desired: DesiredJob, live: Value | undefined): Record<string, string> | undefined {
  const [declared, answered] = [triggersOf(desired.document), triggersOf(live ?? null)];
  if (declared.length === 0 || declared.length !== answered.length) return undefined;
  const ids = declared.flatMap((item, i): [string, string][] => {
    const id = triggerId(answered[i] ?? null);
    return triggerId(item) === undefined && id !== undefined ? [[String(i), id]] : [];
  });
  return ids.length === 0 ? undefined : Object.fromEntries(ids);
}

function triggersOf(document: Value): readonly Value[] {
  const spec = isObject(document) ? own(document, "spec") : undefined;
  const triggers = isObject(spec) ? own(spec, "triggers") : undefined;
  return isList(triggers) ? triggers : [];
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
}
