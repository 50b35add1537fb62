import type { Json } from "../model/json.ts";
import { isJsonObject } from "./convert.ts";
import { spanAt } from "./locate.ts";
import type { YamlDocument } from "./parse.ts";
import type { Source } from "./source.ts";

/** A value that is only a reference, and so no secret itself. */
const REFERENCE = /^(?:\$\{[^{}$]*\}|\$secrets\.\w+)$/;

/** Keeps secrets that are written in plain text out of all frames, also where the manifest is wrong in other ways. */
export function hidePlainSecrets(source: Source, { value, ...document }: YamlDocument): void {
  if (!source.secretive) return;
  const envs = field(field(field(value, "spec"), "runtime"), "envs");
  if (!Array.isArray(envs)) return;
  envs.forEach((env: Json, index) => {
    const secret = field(env, "secret");
    const written = field(env, "value");
    if (secret === undefined || secret === false || written === undefined) return;
    if (typeof written === "string" && REFERENCE.test(written)) return;
    source.hide(spanAt({ value, ...document }, ["spec", "runtime", "envs", String(index), "value"]));
  });
}

function field(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
