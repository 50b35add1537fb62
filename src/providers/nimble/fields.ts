import type { FieldTable } from "../../model/fields.ts";

/**
 * Who owns what of a Nimble job, as a document `{metadata: {name}, spec: {...}}`.
 * Source: PATCH /v1/jobs/{job_id} takes display_name, description, schedule, inputs and destination only; each is
 * cleared by null and known to the API as a whole.
 */
export const NIMBLE_FIELDS: FieldTable = [
  { path: "/metadata/name", immutable: true },
  { path: "/spec/agent_name", immutable: true },
  { path: "/spec/extract_template_name", immutable: true },
  { path: "/spec/display_name", unit: true },
  { path: "/spec/description", unit: true },
  { path: "/spec/schedule/enabled", toggle: true },
  { path: "/spec/schedule", unit: true },
  { path: "/spec/inputs/file_path", nullable: true },
  { path: "/spec/inputs/data", nullable: true },
  { path: "/spec/inputs", unit: true },
  { path: "/spec/destination/format", default: "parquet" },
  { path: "/spec/destination", unit: true },
];

/** Keys of an answer that are not configuration. */
export const NIMBLE_READ_ONLY: ReadonlySet<string> = new Set([
  "id",
  "created_at",
  "updated_at",
  "last_run_at",
  "last_run_status",
]);
