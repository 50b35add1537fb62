import fc from "fast-check";
import type { JsonObject } from "../../src/model/json.ts";

const word = fc.constantFrom("a", "b", "c", "key", "__proto__", "constructor", "2", "1", "x/y", "til~de");
const text = fc.oneof(fc.constantFrom("", "one", "two", "0 6 * * *", "${x}", "****"), fc.string({ maxLength: 5 }));
const scalar = fc.oneof(text, fc.integer({ min: -3, max: 3 }), fc.boolean());

function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined, freq: 3 });
}

/** An object without the keys whose value is undefined. */
function present(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> {
  return fc.record(fields).map((record) => JSON.parse(JSON.stringify(record)) as JsonObject);
}

const records = fc.array(
  fc.dictionary(word, scalar, { maxKeys: 3 }).map((o) => o as JsonObject),
  { maxLength: 3 },
);
const cron = fc.constantFrom("0 6 * * *", "0 7 * * *", "*/5 * * * *");

/** What a manifest or a person may set of a Nimble job (`agent_name` aside: it cannot change). */
export const nimbleSpec: fc.Arbitrary<JsonObject> = present({
  display_name: optional(text),
  description: optional(text),
  schedule: optional(present({ cron, enabled: fc.boolean() })),
  inputs: optional(
    present({ type: fc.constantFrom("s3", "inline", "file"), file_path: optional(text), data: optional(records) }),
  ),
  destination: optional(
    present({
      type: fc.constantFrom("s3", "file"),
      path: text,
      format: optional(fc.constantFrom("csv", "jsonl", "parquet")),
    }),
  ),
});

/** Fields that no manifest knows: what newer versions of a platform may answer. */
export const unknownFields: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.constantFrom("future_a", "future_b"), fc.oneof(scalar, fc.constant(null), records, fc.constant({})), {
    maxKeys: 2,
  })
  .map((o) => o as JsonObject);

const env = present({ value: text, secret: optional(fc.constant(false)) });
const named = <T extends JsonObject>(item: fc.Arbitrary<T>, names: readonly string[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), item), { maxLength: 3 })
    .map((pairs) => [...new Map(pairs)].map(([name, fields]) => ({ name, ...fields })));

const trigger = present({
  type: fc.constantFrom("cron", "http"),
  enabled: optional(fc.boolean()),
  configuration: optional(
    present({ schedule: optional(cron), retry: optional(fc.integer({ min: 0, max: 3 })), tasks: optional(records) }),
  ),
});

/** What a manifest or a person may set in the spec of a Blaxel job, secrets aside. */
export const blaxelSpec: fc.Arbitrary<JsonObject> = present({
  enabled: optional(fc.boolean()),
  policies: optional(fc.uniqueArray(fc.constantFrom("p", "q", "r"), { maxLength: 3 })),
  runtime: optional(
    present({
      memory: optional(fc.constantFrom(2048, 4096)),
      timeout: optional(fc.integer({ min: 1, max: 3 })),
      image: optional(fc.constantFrom("v1", "v2")),
      envs: optional(named(env, ["A", "B", "C", "__proto__", "1"])),
      ports: optional(
        fc.uniqueArray(present({ target: fc.constantFrom(80, 443, 8080), name: optional(text) }), {
          maxLength: 3,
          selector: (port) => port["target"],
        }),
      ),
    }),
  ),
  triggers: optional(fc.array(trigger, { maxLength: 3 })),
});

/** Blaxel metadata besides the name. */
export const blaxelMetadata: fc.Arbitrary<JsonObject> = present({
  displayName: optional(text),
  labels: optional(fc.dictionary(word, text, { maxKeys: 3 })),
});

/** Live triggers have ids that the platform made up. */
export function withTriggerIds(spec: JsonObject): JsonObject {
  const triggers = spec["triggers"];
  if (!Array.isArray(triggers)) return spec;
  return { ...spec, triggers: triggers.map((item: JsonObject, i: number) => ({ ...item, id: `t-${i}` })) };
}
