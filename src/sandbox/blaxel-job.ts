import type { Json, JsonObject } from "../model/json.ts";
import { filterObject, isJsonObject, listAt, objectAt, textAt } from "./json.ts";

/** What the platform knows when it stores a job. */
export interface BlaxelFacts {
  readonly workspace: string;
  /** RFC 3339. */
  readonly stamp: string;
  readonly by: string;
  /** A number that was never used before, for made-up ids. */
  readonly serial: () => string;
}

/** Fields of `metadata` that only the platform writes. */
const READ_ONLY_METADATA = ["createdAt", "createdBy", "updatedAt", "updatedBy", "url", "plan", "workspace"];

/**
 * A job as the platform first stores it: what is missing is filled in. Read-only fields that are given are kept, so
 * that a seed can set them; the API takes them out of a body before ({@link withoutReadOnly}).
 */
export function completeBlaxelJob(job: JsonObject, facts: BlaxelFacts & { readonly revision: string }): JsonObject {
  const given = objectAt(job, "metadata");
  const name = textAt(given, "name") ?? "";
  const metadata: JsonObject = {
    ...{ createdAt: facts.stamp, createdBy: facts.by, updatedAt: facts.stamp, updatedBy: facts.by },
    ...{ url: `https://run.blaxel.ai/${facts.workspace}/jobs/${name}`, plan: "tier-1", workspace: facts.workspace },
    ...given,
  };
  const deployed: JsonObject = {
    ...{ type: "deployment", status: "DEPLOYED", message: "Deployment successful" },
    ...{ revision: facts.revision, time: metadata["updatedAt"] ?? facts.stamp },
  };
  const spec = completeSpec(objectAt(job, "spec"), undefined, facts);
  const revision = { active: facts.revision, traffic: 100, ...objectAt(spec, "revision") };
  return { status: "DEPLOYED", events: [deployed], ...job, metadata, spec: { ...spec, revision } };
}

/** A stored job after a PUT of `body`: all of it is replaced, but for what only the platform writes. */
export function replacedBlaxelJob(stored: JsonObject, body: JsonObject, facts: BlaxelFacts): JsonObject {
  const asked = withoutReadOnly(body);
  const kept = filterObject(objectAt(stored, "metadata"), (key) => READ_ONLY_METADATA.includes(key));
  const storedSpec = objectAt(stored, "spec");
  const spec = completeSpec(objectAt(asked, "spec"), storedSpec, facts);
  const revision = spec["revision"] ?? storedSpec["revision"];
  return {
    ...asked,
    status: stored["status"] ?? "DEPLOYED",
    events: stored["events"] ?? [],
    metadata: { ...objectAt(asked, "metadata"), ...kept, updatedAt: facts.stamp, updatedBy: facts.by },
    spec: revision === undefined ? spec : { ...spec, revision },
  };
}

/** A request body without the fields that only the platform writes. */
export function withoutReadOnly(body: JsonObject): JsonObject {
  const spec = objectAt(body, "spec");
  const triggers = listAt(spec, "triggers")?.map((trigger) => {
    if (!isJsonObject(trigger) || !isJsonObject(trigger["configuration"])) return trigger;
    return { ...trigger, configuration: filterObject(trigger["configuration"], (key) => key !== "callbackSecret") };
  });
  return {
    ...filterObject(body, (key) => key !== "status" && key !== "events"),
    metadata: filterObject(objectAt(body, "metadata"), (key) => !READ_ONLY_METADATA.includes(key)),
    spec: triggers ? { ...spec, triggers } : spec,
  };
}

function completeSpec(spec: JsonObject, stored: JsonObject | undefined, facts: BlaxelFacts): JsonObject {
  const triggers = listAt(spec, "triggers");
  return {
    ...{ enabled: true, region: "us-was-1" },
    ...spec,
    runtime: { generation: "mk3", ...objectAt(spec, "runtime") },
    ...(triggers ? { triggers: completeTriggers(triggers, listAt(stored ?? {}, "triggers") ?? [], facts) } : {}),
  };
}

/** Ids are made up where there are none, and told apart where two are the same. */
function completeTriggers(triggers: readonly Json[], stored: readonly Json[], facts: BlaxelFacts): Json[] {
  const taken = new Set<string>();
  return triggers.map((trigger) => {
    if (!isJsonObject(trigger)) return trigger;
    const id = freeId(textAt(trigger, "id") || `trigger-${facts.serial()}`, taken);
    taken.add(id);
    const same = stored.find((other) => isJsonObject(other) && other["id"] === id);
    return withCallbackSecret({ ...trigger, id }, isJsonObject(same) ? same : undefined, facts);
  });
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted;
  for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
  return id;
}

/** The platform makes the callback secret of an async trigger and keeps it as long as the trigger's id stays. */
function withCallbackSecret(trigger: JsonObject, stored: JsonObject | undefined, facts: BlaxelFacts): JsonObject {
  if (trigger["type"] !== "http-async") return trigger;
  const configuration = objectAt(trigger, "configuration");
  const known = configuration["callbackSecret"] ?? (stored && objectAt(stored, "configuration")["callbackSecret"]);
  const callbackSecret = known ?? `callback-secret-${facts.serial()}`;
  return { ...trigger, configuration: { ...configuration, callbackSecret } };
}
