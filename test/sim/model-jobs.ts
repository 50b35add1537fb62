import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";

/** The name of a job as either platform words it. */
export function nameOf(job: JsonObject): string {
  const name = job["name"] ?? objectAt(job, "metadata")["name"];
  return typeof name === "string" ? name : "";
}

/** The object at a key; an empty one where there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return isJsonObject(value) ? value : {};
}

/** When a job was made, in milliseconds since 1970, by its own word; NaN where it does not say. */
export function bornAt(job: JsonObject): number {
  return Date.parse(String(job["created_at"] ?? objectAt(job, "metadata")["createdAt"]));
}

/** What stands in place of a secret's value. */
export const MASK = "**********";

/** The value of a secret as it is shown to those who may not see it. */
function maskOf(value: unknown, how: "whole" | "middle"): string {
  const text = String(value);
  return how === "whole" || text.length < 8 ? MASK : `${text.slice(0, 2)}****${text.slice(-2)}`;
}

/** The environment of a Blaxel job, entry by entry. */
export function envsOf(job: JsonObject): readonly JsonObject[] {
  const { envs } = objectAt(objectAt(job, "spec"), "runtime");
  return Array.isArray(envs) ? envs.filter((env: Json) => isJsonObject(env)) : [];
}

/** The job with another environment. */
export function withEnvs(job: JsonObject, envs: readonly Json[]): JsonObject {
  const spec = objectAt(job, "spec");
  return { ...job, spec: { ...spec, runtime: { ...objectAt(spec, "runtime"), envs: [...envs] } } };
}

/** A job with its secrets' values hidden. */
export function masked(job: JsonObject, how: "whole" | "middle"): JsonObject {
  const envs = envsOf(job);
  if (!envs.some((env) => env["secret"] === true)) return job;
  return withEnvs(
    job,
    envs.map((env) => (env["secret"] === true ? { ...env, value: maskOf(env["value"], how) } : env)),
  );
}

/** The pointers of secrets whose stored value is a mask, or a part of one. */
export function masksIn(job: JsonObject): readonly string[] {
  const bad = envsOf(job).filter((env) => env["secret"] === true && /\*{4}/.test(String(env["value"])));
  return bad.map((env) => String(env["name"]));
}

/** A job with an id at each trigger that had none. */
export function withTriggerIds(spec: JsonObject): JsonObject {
  const { triggers } = spec;
  if (!Array.isArray(triggers)) return spec;
  return { ...spec, triggers: triggers.map((t: Json, i) => (isJsonObject(t) ? { id: `trigger-${i + 1}`, ...t } : t)) };
}

/** What a platform makes of a body that it does not take as it is: another memory size, other inputs, no description. */
export function spoilt(body: JsonObject): JsonObject {
  if (isJsonObject(body["spec"])) {
    const runtime = objectAt(body["spec"], "runtime");
    return { ...body, spec: { ...body["spec"], runtime: { ...runtime, memory: 8192 } } };
  }
  if (body["inputs"] !== undefined) return { ...body, inputs: { type: "inline", data: [] } };
  const { description: _, ...rest } = body;
  return rest;
}
