import { isList, isObject, own, type Value, type ValueObject } from "../model/document.ts";
import type { ProviderId } from "../model/job.ts";
import type { JobSchedule } from "../model/status.ts";
import { triggerType } from "./list-keys.ts";

/**
 * What makes a job run by itself: Nimble's schedule, Blaxel's cron triggers, in their order. A switch that is left out
 * counts as on; where a Blaxel job as a whole is off, all of its schedules are.
 */
export function schedulesOf(provider: ProviderId, document: ValueObject): readonly JobSchedule[] {
  const spec = own(document, "spec");
  if (!isObject(spec)) return [];
  if (provider === "nimble") return one(own(spec, "schedule"), "cron", true);
  const triggers = own(spec, "triggers");
  if (!isList(triggers)) return [];
  const on = own(spec, "enabled") !== false;
  return triggers
    .filter((trigger) => triggerType(trigger) === "cron")
    .flatMap((trigger) => {
      if (!isObject(trigger)) return [];
      return one(own(trigger, "configuration"), "schedule", on && own(trigger, "enabled") !== false);
    });
}

function one(holder: Value | undefined, key: string, on: boolean): readonly JobSchedule[] {
  if (!isObject(holder)) return [];
  const cron = own(holder, key);
  return typeof cron === "string" ? [{ cron, on: on && own(holder, "enabled") !== false }] : [];
}
