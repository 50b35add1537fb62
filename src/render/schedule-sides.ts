import { valueAt } from "../document/edit.ts";
import { isList, isObject, own, type Value, type ValueObject } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { Change } from "../model/plan.ts";

/** The job on both sides of a change: live and desired in a plan, the other way round in a drift report. */
export interface Sides {
  readonly before?: ValueObject | undefined;
  readonly after?: ValueObject | undefined;
}

/** An expression, and whether its switch is on. */
export interface Schedule {
  readonly cron: string;
  readonly on: boolean;
}

/** What a change does to schedules. */
export interface ScheduleSides {
  readonly before: readonly Schedule[];
  readonly after: readonly Schedule[];
}

/** All that is to be known to find a trigger by the token of a change's path. */
const TRIGGERS: FieldTable = [{ path: "/spec/triggers", list: { kind: "trigger" } }];

/** What holds a schedule, and the field of it. */
const PARTS = /^(\/spec\/schedule|\/spec\/triggers\/[^/]+)(\/cron|\/configuration(?:\/schedule)?|\/enabled)$/;

/**
 * The schedules that a change is about. A changed expression has the switch that stands beside it; a changed switch has the
 * expression beside it, unless that changes as well and tells of both.
 */
export function schedulesIn(change: Change, sides: Sides): ScheduleSides {
  const { path, before, after } = change;
  const [, holder = "", field = ""] = PARTS.exec(path) ?? [];
  const at = (pointer: string) => (holder === "" ? {} : beside(sides, `${holder}${pointer}`));
  if (field !== "/enabled") {
    const on = at("/enabled");
    const read = field === "" || field === "/configuration" ? schedulesWithin : expression;
    return { before: read(before, on.before !== false), after: read(after, on.after !== false) };
  }
  const crons = at(holder === "/spec/schedule" ? "/cron" : "/configuration/schedule");
  if (crons.before !== crons.after) return { before: [], after: [] };
  return { before: expression(crons.before, before !== false), after: expression(crons.after, after !== false) };
}

/** A field on both sides; one that a side leaves out is as on the other. */
function beside({ before, after }: Sides, pointer: string): { readonly before?: Value; readonly after?: Value } {
  const [was, is] = [before, after].map((side) => (side === undefined ? undefined : valueAt(TRIGGERS, side, pointer)));
  const [left, right] = [was ?? is, is ?? was];
  return {
    ...(left === undefined ? {} : { before: left }),
    ...(right === undefined ? {} : { after: right }),
  };
}

function expression(value: Value | undefined, on: boolean): readonly Schedule[] {
  return typeof value === "string" ? [{ cron: value, on }] : [];
}

/** Schedules anywhere in a value that comes or goes as a whole. */
function schedulesWithin(value: Value | undefined, on: boolean): readonly Schedule[] {
  if (isList(value)) return value.flatMap((item) => schedulesWithin(item, on));
  if (!isObject(value)) return [];
  const still = on && own(value, "enabled") !== false;
  return Object.entries(value).flatMap(([key, item]) =>
    key === "cron" || key === "schedule"
      ? [...expression(item, still), ...schedulesWithin(item, still)]
      : schedulesWithin(item, still),
  );
}
