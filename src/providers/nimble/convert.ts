import { objectFrom, own, type Value } from "../../model/document.ts";
import type { LiveFacts, LiveJob } from "../../model/job.ts";
import type { JsonObject } from "../../model/json.ts";
import { optionalString, stringAnswer } from "../answer.ts";
import { NIMBLE_READ_ONLY } from "./fields.ts";

const ID = /^job_[1-9][0-9]*$/;
/** Names are free text. */
const ANY = /(?:)/;

/**
 * An answered Nimble job (flat) as a document: the name in `metadata`, everything else that is configuration in `spec`.
 * Source: the `Job` schema of the published API.
 */
export function fromNimble(raw: JsonObject): LiveJob {
  const id = stringAnswer(own(raw, "id"), ID, "its id");
  const name = stringAnswer(own(raw, "name"), ANY, `the name of ${id}`);
  const spec = objectFrom(
    Object.entries(raw).filter(([key]) => key !== "name" && !NIMBLE_READ_ONLY.has(key)) as [string, Value][],
  );
  return { id, name, document: { metadata: { name }, spec }, facts: factsOf(raw), inexact: [] };
}

function factsOf(raw: JsonObject): LiveFacts {
  const facts = {
    createdAt: optionalString(own(raw, "created_at")),
    updatedAt: optionalString(own(raw, "updated_at")),
    lastRunAt: optionalString(own(raw, "last_run_at")),
    lastRunStatus: optionalString(own(raw, "last_run_status")),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
