import type { Json, JsonObject } from "../model/json.ts";
import { filterObject, isJsonObject, withoutNulls } from "./json.ts";
import type { NimbleJob } from "./nimble-table.ts";
import type { SandboxBehaviours } from "./options.ts";

/** The versions of the API, which show the same jobs. */
export type NimbleVersion = "v1" | "v2";

/** What the version calls the thing that a job runs. */
export function agentKey(version: NimbleVersion): "agent_name" | "extract_template_name" {
  return version === "v1" ? "agent_name" : "extract_template_name";
}

/** A stored job as it is answered. */
export function viewNimbleJob(
  job: NimbleJob,
  version: NimbleVersion,
  behaviours: SandboxBehaviours,
  inList: boolean,
): JsonObject {
  const { agent_name: agent = null, ...rest } = job;
  const full: JsonObject = { ...rest, [agentKey(version)]: agent, inputs: viewInputs(job["inputs"], behaviours) };
  const shown =
    inList && !behaviours.listEqualsGet ? filterObject(full, (key) => key !== "inputs" && key !== "description") : full;
  return behaviours.nullFields === "shown" ? shown : leaveOutNulls(shown);
}

function viewInputs(inputs: Json | undefined, behaviours: SandboxBehaviours): Json {
  if (!isJsonObject(inputs)) return inputs ?? null;
  const empty = behaviours.emptyLists === "dropped" && Array.isArray(inputs["data"]) && inputs["data"].length === 0;
  return { type: inputs["type"] ?? null, file_path: null, data: null, ...inputs, ...(empty ? { data: null } : {}) };
}

/** Nulls go where the API's own fields are; records in `inputs.data` are the user's and stay as they are. */
function leaveOutNulls(job: JsonObject): JsonObject {
  const top = filterObject(job, (_key, value) => value !== null);
  const { inputs } = top;
  const shown = isJsonObject(inputs) ? { inputs: filterObject(inputs, (_key, value) => value !== null) } : {};
  const others = Object.entries(top).filter(([key]) => key !== "inputs");
  return { ...Object.fromEntries(others.map(([key, value]) => [key, withoutNulls(value)])), ...shown };
}
