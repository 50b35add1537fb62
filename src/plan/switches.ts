import { valueAt } from "../document/edit.ts";
import { itemTokens } from "../document/list-keys.ts";
import { formatPointer } from "../document/pointer.ts";
import { isList, isObject, own, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { ProviderId } from "../model/job.ts";
import type { Change } from "../model/plan.ts";

/**
 * The switches of a job that make it run by itself: Nimble's schedule, Blaxel's cron triggers. Paths as in changes; a
 * switch that is left out counts as on.
 */
export function scheduleSwitches(provider: ProviderId, document: Value): readonly { path: string; on: boolean }[] {
  const spec = isObject(document) ? own(document, "spec") : undefined;
  if (!isObject(spec)) return [];
  if (provider === "nimble") {
    const schedule = own(spec, "schedule");
    return isObject(schedule) ? [{ path: "/spec/schedule/enabled", on: own(schedule, "enabled") !== false }] : [];
  }
  const triggers = own(spec, "triggers");
  if (!isList(triggers)) return [];
  const tokens = itemTokens({ kind: "trigger" }, triggers);
  return triggers.flatMap((trigger, i) =>
    isObject(trigger) && own(trigger, "type") === "cron"
      ? [
          {
            path: formatPointer(["spec", "triggers", tokens[i] ?? "", "enabled"]),
            on: own(trigger, "enabled") !== false,
          },
        ]
      : [],
  );
}

/** Changes that set the given switches. */
export function setSwitches(
  table: FieldTable,
  document: Value,
  paths: readonly string[],
  on: boolean,
): readonly Change[] {
  return paths.map((path) => {
    const before = valueAt(table, document, path);
    return before === undefined || before === null
      ? { op: "add", path, after: on, cause: "pending" }
      : { op: "replace", path, before, after: on, cause: "pending" };
  });
}
