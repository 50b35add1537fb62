import { childPointer } from "../../document/pointer.ts";
import { type Document, isList, isObject, objectFrom, own, type Value } from "../../model/document.ts";
import type { LiveFacts, LiveJob } from "../../model/job.ts";
import type { JsonObject } from "../../model/json.ts";
import { objectAnswer, optionalString, stringAnswer } from "../answer.ts";
import type { HideSecret } from "../provider.ts";

const READ_ONLY_METADATA = new Set(["createdAt", "updatedAt", "createdBy", "updatedBy", "url", "plan", "workspace"]);
const READ_ONLY_TOP = new Set(["events", "status"]);

/**
 * An answered Blaxel job without its read-only fields, everything else as it came, secret values hidden.
 * Source: the `Job` schema of the published API.
 */
export function fromBlaxel(raw: JsonObject, hide: HideSecret): LiveJob {
  const metadata = objectAnswer(own(raw, "metadata"), "its metadata");
  const name = stringAnswer(own(metadata, "name"), /^[^/]+$/, "its metadata.name");
  const spec = objectAnswer(own(raw, "spec"), `the spec of ${name}`);
  const document: Document = {
    ...(without(raw, READ_ONLY_TOP) as JsonObject),
    metadata: without(metadata, READ_ONLY_METADATA),
    spec: openSpec(spec, hide),
  };
  return { id: name, name, document, facts: factsOf(raw, metadata), inexact: [] };
}

function openSpec(spec: JsonObject, hide: HideSecret): JsonObject & Document["spec"] {
  return mapKey(
    mapKey(spec, "runtime", (runtime) => mapKey(runtime, "envs", (envs) => hideEnvs(envs, hide))),
    "triggers",
    withoutCallbackSecrets,
  ) as JsonObject;
}

function hideEnvs(envs: Value, hide: HideSecret): Value {
  if (!isList(envs)) return envs;
  return envs.map((env) => {
    if (!isObject(env) || own(env, "secret") !== true || !Object.hasOwn(env, "value")) return env;
    const pointer = childPointer("/spec/runtime/envs", String(own(env, "name") ?? ""));
    return mapKey(env, "value", (value) => hide(`${pointer}/value`, value));
  });
}

function withoutCallbackSecrets(triggers: Value): Value {
  if (!isList(triggers)) return triggers;
  return triggers.map((trigger) =>
    mapKey(trigger, "configuration", (c) => (isObject(c) ? without(c, new Set(["callbackSecret"])) : c)),
  );
}

function mapKey(value: Value, key: string, change: (value: Value) => Value): Value {
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  return objectFrom(Object.entries(value).map(([k, v]): [string, Value] => [k, k === key ? change(v) : v]));
}

function without(
  object: { readonly [key: string]: Value },
  keys: ReadonlySet<string>,
): { readonly [key: string]: Value } {
  return Object.keys(object).some((key) => keys.has(key))
    ? objectFrom(Object.entries(object).filter(([key]) => !keys.has(key)))
    : object;
}

function factsOf(raw: JsonObject, metadata: JsonObject): LiveFacts {
  const facts = {
    createdAt: optionalString(own(metadata, "createdAt")),
    createdBy: optionalString(own(metadata, "createdBy")),
    updatedAt: optionalString(own(metadata, "updatedAt")),
    updatedBy: optionalString(own(metadata, "updatedBy")),
    status: optionalString(own(raw, "status")),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
