import type { ErrorObject } from "ajv";
import { formatPointer } from "../document/pointer.ts";
import { isList, isObject, objectFrom, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { ApiVersion } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import validateBlaxel from "../compiled/blaxel.js";
import validateNimbleV1 from "../compiled/nimble-v1.js";
import validateNimbleV2 from "../compiled/nimble-v2.js";
import type { Report } from "./report.ts";
import { describeErrors } from "./wording.ts";

interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

const VALIDATORS: Readonly<Record<ApiVersion, Validator>> = {
  "nimbleway.com/v1": validateNimbleV1,
  "nimbleway.com/v2": validateNimbleV2,
  "blaxel.ai/v1alpha1": validateBlaxel,
};

/** Checks a resolved manifest against its schema. Values that could not be read are taken to fit. */
export function validate(
  apiVersion: ApiVersion,
  value: Value,
  hasSecrets: boolean,
  report: Report,
  table: SecretTable,
): void {
  const validator = VALIDATORS[apiVersion];
  const secrets = new Map<string, { readonly text: string; readonly known: boolean }>();
  const plain = hasSecrets ? reveal(value, secrets, table) : (value as Json);
  if (validator(plain)) return;
  const checked = {
    value: plain,
    secrets,
    whole: "the manifest",
    unknown: (field: string, path: readonly string[]) => misplaced(field, path, apiVersion),
  };
  for (const problem of describeErrors(validator.errors ?? [], checked)) report(problem);
}

/** A document with secrets as plain text, for the schema's eyes only; parts without any are the document's own. */
function reveal(
  document: Value,
  secrets: Map<string, { readonly text: string; readonly known: boolean }>,
  table: SecretTable,
): Json {
  const path: string[] = [];
  const below = (key: string, value: Value): Json => {
    path.push(key);
    const plain = visit(value);
    path.pop();
    return plain;
  };
  const visit = (value: Value): Json => {
    if (value instanceof SecretRef) {
      const known = table.value(value);
      const shown = /^(?:env|file):/.test(value.text) ? `\${${value.text}}` : value.text;
      secrets.set(formatPointer(path), { text: shown, known: known !== undefined });
      return known ?? "";
    }
    const before = secrets.size;
    if (isList(value)) {
      const items = value.map((item, index) => below(String(index), item));
      return secrets.size === before ? (value as Json) : items;
    }
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, item]): [string, Json] => [key, below(key, item)]);
    return secrets.size === before ? (value as Json) : objectFrom(entries);
  };
  return visit(document);
}

/** Where a field belongs that stands in the wrong place, or in the wrong API. */
function misplaced(field: string, path: readonly string[], apiVersion: ApiVersion): string | undefined {
  const at = path.join("/");
  if (apiVersion === "blaxel.ai/v1alpha1") {
    if (at === "spec" && ["envs", "image", "memory", "ports", "timeout", "maxRetries"].includes(field))
      return `Write it under spec.runtime.`;
    return undefined;
  }
  if (at === "metadata" && field !== "name")
    return "A Nimble manifest's metadata holds name and annotations only; everything else stands in spec.";
  if (at !== "spec") return undefined;
  if (field === "name") return "The name stands in metadata.";
  if (field === "extract_template_name") return "That is a field of nimbleway.com/v2.";
  if (field === "agent_name") return "That is a field of nimbleway.com/v1; v2 has extract_template_name.";
  if (["id", "created_at", "updated_at", "last_run_at", "last_run_status"].includes(field))
    return "The platform sets it; remove it.";
  return undefined;
}
