import type { FieldTable } from "../../model/fields.ts";

/**
 * Who owns what of a Blaxel job. Source: PUT /jobs/{jobId} replaces the whole job; the published schema marks the
 * read-only fields; which lists have a natural key follows from the platform's own uniqueness rules.
 */
export const BLAXEL_FIELDS: FieldTable = [
  { path: "/events", readOnly: true },
  { path: "/status", readOnly: true },
  { path: "/metadata/name", immutable: true },
  { path: "/metadata/createdAt", readOnly: true },
  { path: "/metadata/updatedAt", readOnly: true },
  { path: "/metadata/createdBy", readOnly: true },
  { path: "/metadata/updatedBy", readOnly: true },
  { path: "/metadata/url", readOnly: true },
  { path: "/metadata/plan", readOnly: true },
  { path: "/metadata/workspace", readOnly: true },
  { path: "/spec/triggers/*/configuration/callbackSecret", readOnly: true },
  { path: "/spec/enabled", toggle: true, default: true, filledBy: "the platform" },
  { path: "/spec/region", filledBy: "the platform" },
  { path: "/spec/revision", filledBy: "the platform", bookkeeping: true },
  { path: "/spec/policies", list: { kind: "set" } },
  { path: "/spec/githubRunner/repositories", list: { kind: "set" } },
  { path: "/spec/volumes", list: { kind: "keyed", key: "name" } },
  { path: "/spec/runtime/image", filledBy: "bl deploy" },
  { path: "/spec/runtime/generation", filledBy: "the platform", bookkeeping: true },
  { path: "/spec/runtime/envs/*/value", secret: "sibling" },
  { path: "/spec/runtime/envs/*/secret", default: false },
  { path: "/spec/runtime/envs", list: { kind: "keyed", key: "name" } },
  { path: "/spec/runtime/ports/*/protocol", default: "HTTP" },
  { path: "/spec/runtime/ports", list: { kind: "keyed", key: "target" } },
  // Assumed: ids that the platform makes up end in a number or in hexadecimal digits.
  { path: "/spec/triggers/*/id", filledBy: "the platform", madeUp: "(?:^|[-_])(?:\\d+|[0-9a-fA-F]{8}[0-9a-fA-F-]*)$" },
  { path: "/spec/triggers/*/enabled", toggle: true, default: true },
  { path: "/spec/triggers", list: { kind: "trigger" } },
];
