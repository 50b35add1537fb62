import type { Json, JsonObject } from "../model/json.ts";
import { filterObject, isJsonObject, objectAt, textAt } from "./json.ts";
import type { SandboxBehaviours } from "./options.ts";

/** How a job is shown to this request. */
export interface BlaxelViewOptions {
  readonly behaviours: SandboxBehaviours;
  readonly secrets: "masked" | "shown";
  readonly inList: boolean;
  /** Counts answers, so that masks can change from one to the next. */
  readonly turn: number;
}

/** A stored job as it is answered: secrets masked, lists ordered, fields left out, as the behaviours say. */
export function viewBlaxelJob(stored: JsonObject, options: BlaxelViewOptions): JsonObject {
  const { behaviours, inList } = options;
  const spec = objectAt(stored, "spec");
  const runtime = mapList(
    objectAt(spec, "runtime"),
    "envs",
    (envs) => orderEnvs(envs, behaviours),
    (env) => viewEnv(env, options),
  );
  const ordered = ["policies", "volumes"].reduce(
    (shown, key) => mapList(shown, key, (items) => orderItems(items, behaviours)),
    mapList(
      spec,
      "triggers",
      (items) => orderItems(items, behaviours),
      (trigger) => viewTrigger(trigger, options),
    ),
  );
  const shownRuntime = mapList(runtime, "ports", (items) => orderItems(items, behaviours));
  const full: JsonObject = { ...stored, spec: { ...ordered, runtime: shownRuntime } };
  const shown = inList && !behaviours.listEqualsGet ? shortened(full) : full;
  return behaviours.emptyLists === "dropped" ? withoutEmpties(shown) : shown;
}

/** Masks a secret value in a style. `turn` makes masks of style `changing` differ. */
function maskOf(value: string, style: SandboxBehaviours["maskStyle"], turn: number): string {
  switch (style) {
    case "stars":
      return "********";
    case "partial":
      return `${value.slice(0, 2)}****${value.length > 4 ? value.slice(-2) : ""}`;
    case "changing":
      return "*".repeat(6 + (turn % 7));
  }
}

function viewEnv(env: JsonObject, { secrets, behaviours, turn }: BlaxelViewOptions): JsonObject {
  const value = textAt(env, "value");
  if (env["secret"] !== true || secrets === "shown" || value === undefined) return env;
  return { ...env, value: maskOf(value, behaviours.maskStyle, turn) };
}

function viewTrigger(trigger: JsonObject, { secrets, behaviours, turn }: BlaxelViewOptions): JsonObject {
  const shown = behaviours.triggerIds === "shown" ? trigger : filterObject(trigger, (key) => key !== "id");
  const configuration = objectAt(shown, "configuration");
  const secret = textAt(configuration, "callbackSecret");
  if (secret === undefined || secrets === "shown") return shown;
  return { ...shown, configuration: { ...configuration, callbackSecret: maskOf(secret, "stars", turn) } };
}

function orderEnvs(envs: readonly Json[], { envOrder }: SandboxBehaviours): readonly Json[] {
  if (envOrder === "reversed") return [...envs].reverse();
  if (envOrder === "kept") return envs;
  const name = (env: Json) => (isJsonObject(env) ? (textAt(env, "name") ?? "") : "");
  return [...envs].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}

function orderItems(items: readonly Json[], { listItems }: SandboxBehaviours): readonly Json[] {
  return listItems === "reversed" ? [...items].reverse() : items;
}

function mapList(
  object: JsonObject,
  key: string,
  order: (items: readonly Json[]) => readonly Json[],
  view: (item: JsonObject) => JsonObject = (item) => item,
): JsonObject {
  const items: Json | undefined = object[key];
  if (!Array.isArray(items)) return object;
  return { ...object, [key]: order(items).map((item) => (isJsonObject(item) ? view(item) : item)) };
}

/** What an item of a list may lack. */
function shortened(job: JsonObject): JsonObject {
  const spec = objectAt(job, "spec");
  return {
    ...filterObject(job, (key) => key !== "events"),
    spec: {
      ...filterObject(spec, (key) => key !== "triggers"),
      runtime: filterObject(objectAt(spec, "runtime"), (key) => key !== "envs"),
    },
  };
}

function withoutEmpties(object: JsonObject): JsonObject {
  const kept = Object.entries(object).map(([key, value]): [string, Json] => [
    key,
    isJsonObject(value) ? withoutEmpties(value) : value,
  ]);
  return Object.fromEntries(kept.filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
