import { leafPaths } from "../../src/document/edit.ts";
import { type Document, SecretRef, type Value } from "../../src/model/document.ts";
import type { DesiredJob, ProviderId } from "../../src/model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import { baseDocument } from "../../src/plan/base.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { envsOf, objectAt, withEnvs } from "./model-jobs.ts";
import type { Chance } from "./random.ts";

/** A manifest of the simulation: few fields, one of each kind that is handled in its own way. */
export interface SimJob {
  readonly provider: ProviderId;
  readonly name: string;
  /** Nimble: immutable. */
  readonly agent: string;
  readonly cron: string;
  readonly enabled: boolean;
  readonly description?: string;
  /** Nimble: inputs.data; Blaxel: an environment variable. */
  readonly value: number;
  /** Blaxel: declares `metadata.labels.team`. */
  readonly team?: string;
  /** Blaxel: a cron trigger without id. */
  readonly trigger: boolean;
  /** Which value the secret has. */
  readonly secret: number;
  readonly protect: boolean;
  /** An imported manifest: all of its document, and the values of its variables; most of the above says nothing then. */
  readonly literal?: { readonly document: Document; readonly variables: Readonly<Record<string, string>> };
}

/** The account that a provider's jobs are in, for a key. */
export function accountOf(provider: ProviderId, key: string): string {
  return `${provider}:${key}`;
}

/** `nimble/a`. */
export function addressOfJob({ provider, name }: Pick<SimJob, "provider" | "name">): string {
  return `${provider}/${name}`;
}

/** A manifest that somebody might write. */
export function newJob(c: Chance, provider: ProviderId, name: string): SimJob {
  return {
    provider,
    name,
    agent: "shop",
    cron: `${c.int(0, 59)} 6 * * *`,
    enabled: c.is(0.8),
    value: c.int(1, 9),
    trigger: c.is(0.5),
    secret: 1,
    protect: c.is(0.05),
    ...(c.is(0.5) ? { description: `job ${c.int(1, 9)}` } : {}),
    ...(c.is(0.5) ? { team: "blue" } : {}),
  };
}

/** The manifest after somebody edited it. */
export function edited(c: Chance, job: SimJob): SimJob {
  if (job.literal !== undefined) return withText(job, `job ${c.int(10, 99)}`);
  const { description: _, team: __, ...rest } = job;
  switch (c.int(0, 7)) {
    case 0:
      return { ...job, cron: `${c.int(0, 59)} 7 * * *` };
    case 1:
      return { ...job, enabled: !job.enabled };
    case 2:
      return { ...job, value: c.int(10, 99) };
    case 3:
      return { ...job, description: `job ${c.int(10, 99)}` };
    case 4:
      return { ...rest, ...(job.team === undefined ? {} : { team: job.team }) };
    case 5:
      return { ...job, secret: job.secret + 1 };
    case 6:
      return job.provider === "nimble"
        ? { ...job, agent: job.agent === "shop" ? "news" : "shop" }
        : { ...job, team: "red" };
    default:
      return { ...job, trigger: !job.trigger };
  }
}

/** The manifest with a field changed that can be changed in place. */
export function stirred(c: Chance, job: SimJob): SimJob {
  if (job.literal !== undefined) return withText(job, `job ${c.int(100, 999)}`);
  return { ...job, value: job.value + c.int(1, 9) };
}

/** An imported manifest with another description. */
function withText(job: SimJob, text: string): SimJob {
  const { document, variables } = job.literal ?? { document: { metadata: {}, spec: {} }, variables: {} };
  const { metadata, spec } = document;
  const changed =
    job.provider === "nimble"
      ? { ...document, spec: { ...spec, description: text } }
      : { ...document, metadata: { ...metadata, displayName: text } };
  return { ...job, literal: { document: changed, variables } };
}

function variableOf({ name }: SimJob): string {
  return `TOKEN_${name.replaceAll("-", "_")}`;
}

/** The values of the variables that a job's secrets are in. Only Blaxel's jobs have secrets here. */
export function secretsOf(job: SimJob): Readonly<Record<string, string>> {
  if (job.literal !== undefined) return job.literal.variables;
  return job.provider === "nimble" ? {} : { [variableOf(job)]: `s3cr3t-${job.name}-${job.secret}` };
}

/** The manifest as loaded. */
export function desiredOf(job: SimJob): DesiredJob {
  const { provider, name } = job;
  return {
    address: addressOfJob(job),
    target: provider,
    provider,
    apiVersion: provider === "nimble" ? "nimbleway.com/v1" : "blaxel.ai/v1alpha1",
    name,
    document: job.literal?.document ?? (provider === "nimble" ? nimbleDocument(job) : blaxelDocument(job)),
    annotations: { protect: job.protect, onRemove: "delete", ignore: [] },
    ignore: [],
    source: { file: `jobs/${name}.yaml`, line: 1, column: 1 },
  };
}

function nimbleDocument({ name, agent, cron, enabled, description, value }: SimJob): Document {
  return {
    metadata: { name },
    spec: {
      agent_name: agent,
      schedule: { cron, enabled },
      inputs: { type: "inline", data: [{ value }] },
      ...(description === undefined ? {} : { description }),
    },
  };
}

function blaxelDocument(job: SimJob): Document {
  const { name, cron, enabled, description, value, team, trigger } = job;
  const envs: Value = [
    { name: "VALUE", value: String(value) },
    { name: "TOKEN", value: new SecretRef(`env:${variableOf(job)}`), secret: true },
  ];
  return {
    metadata: {
      name,
      ...(description === undefined ? {} : { displayName: description }),
      ...(team === undefined ? {} : { labels: { team } }),
    },
    spec: {
      runtime: { memory: 1024 + value, envs },
      ...(trigger ? { triggers: [{ type: "cron", enabled, configuration: { schedule: cron } }] } : {}),
    },
  };
}

/** The manifest as a platform would hold it, secrets filled in: what somebody makes by hand with the same name. */
export function bodyOf(job: SimJob): JsonObject {
  const { document } = desiredOf(job);
  const secrets = secretsOf(job);
  const fill = (value: Value): Json => {
    if (value instanceof SecretRef) return secrets[value.text.replace(/^env:/, "")] ?? "";
    if (Array.isArray(value)) return value.map((item: Value) => fill(item));
    if (typeof value !== "object" || value === null) return value as Json;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  const filled = fill(document) as JsonObject;
  return job.provider === "nimble" ? { ...objectAt(filled, "spec"), name: job.name } : filled;
}

/** Where a live job does not hold what a manifest declares; empty where it does. */
export function missing(job: SimJob, live: JsonObject): readonly string[] {
  return differences(bodyOf(job), live, "");
}

function differences(declared: Json, live: Json | undefined, at: string): readonly string[] {
  if (isJsonObject(declared)) {
    const other = isJsonObject(live) ? live : {};
    return Object.entries(declared).flatMap(([key, value]) => differences(value, other[key], `${at}/${key}`));
  }
  if (Array.isArray(declared) && declared.every(isJsonObject)) {
    const others = Array.isArray(live) ? live : [];
    if (others.length !== declared.length) return [at];
    return declared.flatMap((item, i) => {
      const named = others.find((other: Json) => isJsonObject(other) && other["name"] === item["name"]);
      return differences(item, item["name"] === undefined ? others[i] : named, `${at}/${i}`);
    });
  }
  return JSON.stringify(declared) === JSON.stringify(live) ? [] : [at];
}

/** The pointers of what a manifest declares, in a live job's own form. */
export function declaredPaths(job: SimJob): readonly string[] {
  const { document, provider } = desiredOf(job);
  return inLiveForm(provider, leafPaths(PROVIDERS[provider].fields, document));
}

/** The same of what a state says was declared. */
export function pathsIn(provider: ProviderId, declared: JsonObject): readonly string[] {
  return inLiveForm(provider, leafPaths(PROVIDERS[provider].fields, baseDocument(declared)));
}

function inLiveForm(provider: ProviderId, paths: readonly string[]): readonly string[] {
  return provider === "nimble" ? paths.map((path) => path.replace(/^\/(spec|metadata)/, "")) : paths;
}

const PLATFORMS_OWN =
  /^\/(id|created_at|updated_at|last_run|status|events|metadata\/(createdAt|updatedAt|createdBy|updatedBy)|spec\/(revision|region|enabled)|spec\/runtime\/generation)/;

/** Fields that differ between two moments of a job, but for those that nobody sets. */
export function moved(before: JsonObject, after: JsonObject): readonly string[] {
  const [one, other] = [leaves(before, ""), leaves(after, "")];
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => one.get(path) !== other.get(path) && !PLATFORMS_OWN.test(path),
  );
}

function leaves(value: Json, at: string, into = new Map<string, string>()): Map<string, string> {
  if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) leaves(item, `${at}/${key}`, into);
  else if (Array.isArray(value) && value.every(isJsonObject) && value.length > 0 && value[0]?.["name"] !== undefined)
    for (const item of value) leaves(item, `${at}/${String(item["name"])}`, into);
  else if (value !== null) into.set(at, JSON.stringify(value));
  return into;
}

/** Something that somebody does to a live job by hand. */
export function handEdited(c: Chance, provider: ProviderId, job: JsonObject): JsonObject {
  return provider === "nimble" ? nimbleByHand(c, job) : blaxelByHand(c, job);
}

function nimbleByHand(c: Chance, job: JsonObject): JsonObject {
  switch (c.int(0, 5)) {
    case 0:
      return { ...job, schedule: { cron: `${c.int(0, 59)} 9 * * *`, enabled: true } };
    case 1:
      return { ...job, description: `by hand ${c.int(0, 99)}` };
    case 2:
      return { ...job, inputs: { type: "inline", data: [{ value: c.int(100, 199) }] } };
    case 3:
      return { ...job, display_name: `Shown ${c.int(0, 99)}` };
    case 4:
      // Paused.
      return job["schedule"] === null ? job : { ...job, schedule: { ...objectAt(job, "schedule"), enabled: false } };
    default:
      return { ...job, x_note: `note ${c.int(0, 99)}` };
  }
}

function blaxelByHand(c: Chance, job: JsonObject): JsonObject {
  const spec = objectAt(job, "spec");
  const metadata = objectAt(job, "metadata");
  const runtime = objectAt(spec, "runtime");
  switch (c.int(0, 5)) {
    case 0:
      return { ...job, spec: { ...spec, runtime: { ...runtime, memory: c.int(10, 20) * 100 } } };
    case 1:
      return { ...job, metadata: { ...metadata, labels: { ...objectAt(metadata, "labels"), by: `h${c.int(0, 99)}` } } };
    case 2:
      return { ...job, metadata: { ...metadata, displayName: `by hand ${c.int(0, 99)}` } };
    case 3:
      return { ...job, spec: { ...spec, runtime: { ...runtime, maxConcurrentTasks: c.int(1, 50) } } };
    case 4: {
      // A secret that no manifest declares.
      const others = envsOf(job).filter((env) => env["name"] !== "BY_HAND");
      return withEnvs(job, [...others, { name: "BY_HAND", value: `s3cr3t-by-hand-${c.int(1, 9)}`, secret: true }]);
    }
    default:
      return { ...job, x_unknown: { depth: c.int(1, 9) } };
  }
}

/** What `bl deploy` does: another image, another generation. */
export function deployed(c: Chance, job: JsonObject): JsonObject {
  const spec = objectAt(job, "spec");
  const runtime = { ...objectAt(spec, "runtime"), image: `img:${c.int(1, 1_000_000)}`, generation: `g${c.int(1, 99)}` };
  return { ...job, spec: { ...spec, runtime } };
}
