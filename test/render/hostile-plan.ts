import fc from "fast-check";
import { SecretRef, type Value } from "../../src/model/document.ts";
import type { Action, Cause, Change, Plan } from "../../src/model/plan.ts";
import { action, plan, standing } from "./builders.ts";
import { hostile } from "./hostile.ts";

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    hostile,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    hostile.map((text) => new SecretRef(text)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(hostile, tie("value"), { maxKeys: 4 }),
  ),
}));

const path: fc.Arbitrary<string> = fc
  .array(hostile, { minLength: 1, maxLength: 3 })
  .map((keys) => `/spec${keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`);

const cause = fc.constantFrom<Cause>("pending", "drift", "conflict", "unknown", "paused");

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ op: fc.constant("add" as const), path, after: value, cause }),
  fc.record({ op: fc.constant("remove" as const), path, before: value, cause }),
  fc.record({ op: fc.constant("replace" as const), path, before: value, after: value, cause, base: value }),
);

const kind = fc.constantFrom<Action["action"]>("create", "update", "replace", "delete", "adopt", "forget");

const hostileAction: fc.Arbitrary<Action> = fc
  .record({ name: hostile, kind, changes: fc.array(change, { maxLength: 3 }), text: hostile, body: value })
  .map(({ name, kind: what, changes, text, body }) =>
    action(`nimble/${name}`, what, {
      changes,
      notes: [text],
      id: text,
      source: { file: text, line: 1, column: 1 },
      touched: { updatedAt: text, updatedBy: text },
      removedBy: { commit: text, author: text, subject: text },
      carried: { paths: [`/${text}`] },
      requests: [{ method: "PUT", path: `/v0/jobs/${text}`, body }],
    }),
  );

/** A plan in which every string that can come from outside is hostile. Addresses are distinct. */
export function hostilePlan(): fc.Arbitrary<Plan> {
  return fc
    .record({
      actions: fc.uniqueArray(hostileAction, { maxLength: 4, selector: ({ address }) => address }),
      text: hostile,
      note: hostile,
    })
    .map(({ actions, text, note }) =>
      plan(actions, {
        standings: [standing(`nimble/${text}`, "orphaned", note), standing(`nimble/${text}`, "paused", note)],
        warnings: [{ code: "JW1000", message: note, address: text }],
        refusals: [{ code: "JW3001", message: text, hint: note, address: actions[0]?.address ?? text }],
        targets: { nimble: { provider: "nimble", origin: text, workspace: note } },
        summary: { unchanged: 3, unmanaged: 1 },
      }),
    );
}
