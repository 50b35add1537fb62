import fc from "fast-check";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { blaxelMetadata, blaxelSpec, nimbleSpec, unknownFields } from "./arbitrary.ts";

/** Texts that some reader of YAML takes for something else, or that look like references. */
const TRICKY = [
  ...[
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "true",
    "null",
    "~",
    "<<",
    "=",
    ".inf",
    ".NaN",
    "-",
    "?",
    ":",
    "|",
    ">",
    "%YAML 1.1",
  ],
  ...[
    "0777",
    "08",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "-_1",
    "1e3",
    "+.5",
    "12:30:45",
    "190:20:30",
    "2026-01-01",
    "-0",
    "1.10",
  ],
  ...[
    "- a",
    "a: b",
    "a #b",
    "# c",
    "@x",
    "`x`",
    "{a",
    "[b]",
    "!tag",
    "&anchor",
    "*alias",
    "*/5 * * * *",
    "'",
    '"',
    "\\",
    "\\n",
  ],
  ...[
    "${env:HOME}",
    "$${x}",
    "${x}",
    "${",
    "$",
    "$$",
    "$secrets.KEY",
    "$$secrets.KEY",
    "a$secrets.b${c}",
    "${var:x}",
    "${env:",
  ],
  ...[
    "one\ntwo",
    "one\ntwo\n",
    "one\n\n",
    "\nlead",
    " lead\nx",
    "trail \nx",
    "tab\there\n",
    "\t",
    "a\r\nb",
    "---\n...",
    "--- x",
  ],
  ...["\u0000", "\u0007", "\u007f", "\u0085", "\u2028", "\ufeffx", "é", "日本語", "😀", "\u202e", "a".repeat(300)],
];

/** Any text that a platform may answer. */
export const trickyText = fc.oneof(fc.constantFrom(...TRICKY), fc.string({ unit: "grapheme", maxLength: 12 }));

const record = fc.dictionary(
  fc.oneof(fc.constantFrom("__proto__", "<<", "yes", "1", "a: b"), trickyText),
  fc.oneof(
    trickyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.constant([]),
    fc.boolean(),
  ),
  { maxKeys: 3 },
) as fc.Arbitrary<JsonObject>;

const records = fc.array(record, { maxLength: 3 });

const cron = fc.constantFrom("0 6 * * *", "*/5 * * * *", "0 0 * * MON", "@daily", "61 * * * *", "0 0 30 2 *");

function sometimes<T extends Json>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(value, { nil: null, freq: 4 });
}

function merged(...parts: readonly fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> {
  return fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as JsonObject);
}

function plain(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> {
  return fc.record(fields).map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);
}

const nimbleName = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("daily", "Daily", "a b", "x.y", "con", "..x", "ünï", "a${b}", "yes", "0123", "<<"),
  },
  { weight: 1, arbitrary: trickyText },
);

/** A job as Nimble's v1 API answers it, fields of newer versions included. */
export const nimbleAnswer: fc.Arbitrary<JsonObject> = merged(
  plain({ name: nimbleName, agent_name: fc.constantFrom("amazon_pdp", "x") }),
  nimbleSpec,
  plain({
    description: sometimes(trickyText),
    schedule: sometimes(plain({ cron, enabled: fc.boolean() })),
    inputs: sometimes(
      plain({
        type: fc.constantFrom("s3", "inline", "file"),
        file_path: sometimes(trickyText),
        data: sometimes(records),
      }),
    ),
  }),
  unknownFields,
);

const env = fc.oneof(
  plain({ value: trickyText }),
  // An empty secret, or one that looks like a mask, counts as unreadable: a PUT that has to carry it is refused.
  plain({ value: fc.constantFrom("s3cret-value", "of\nlines", "a${b}c"), secret: fc.constant(true) }),
  plain({ valueFrom: fc.constant({ secretKeyRef: { name: "s", key: "k" } }) }),
);

const envs = fc
  .uniqueArray(fc.tuple(fc.constantFrom("BUCKET", "API_KEY", "BL_API_KEY", "my.key", "1", "__proto__", "a b"), env), {
    selector: ([name]) => name,
    maxLength: 4,
  })
  .map((pairs) => pairs.map(([name, fields]): Json => ({ name, ...fields })));

const trigger = merged(
  plain({
    id: fc.constantFrom("hourly", "trigger-7", "0b9f2c1e-1111-4222-8333-944445555666", "x"),
    type: fc.constantFrom("cron", "http", "http-async", "webhook"),
    enabled: fc.boolean(),
    configuration: fc.oneof(
      plain({ schedule: cron, tasks: records }),
      plain({ path: trickyText, callbackUrl: trickyText, callbackSecret: fc.constant("********") }),
    ),
  }),
  unknownFields,
);

/** A job as Blaxel answers it, secrets and fields of newer versions included. */
export const blaxelAnswer: fc.Arbitrary<JsonObject> = fc
  .record({
    name: fc.constantFrom("nightly", "n-2", "yes", "007", "x".repeat(49), "Upper"),
    metadata: merged(blaxelMetadata, unknownFields),
    more: plain({ labels: fc.dictionary(trickyText, trickyText, { maxKeys: 3 }) }),
    spec: merged(blaxelSpec, unknownFields),
    runtime: merged(
      plain({ memory: fc.constantFrom(2048, "4096"), generation: fc.constant("mk3"), envs }),
      unknownFields,
    ),
    triggers: sometimes(fc.uniqueArray(trigger, { selector: (item) => item["id"], maxLength: 3 })),
  })
  .map(({ name, metadata, more, spec, runtime, triggers }) => ({
    metadata: { ...metadata, ...more, name },
    spec: { ...spec, runtime: { ...(spec["runtime"] as JsonObject | undefined), ...runtime }, triggers },
    future: { top: 1 },
  }));
