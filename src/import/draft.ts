import { applyChanges } from "../document/edit.ts";
import { formatPointer } from "../document/pointer.ts";
import { type Document, isList, isObject, objectFrom, own, SecretRef, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { ApiVersion, LiveJob } from "../model/job.ts";
import { maskedPaths } from "../plan/secrets.ts";
import { fitToSchema } from "./fit.ts";
import { withoutNoise } from "./noise.ts";

/** A live job as a manifest would word it, its secrets still without a variable. */
export interface Draft {
  readonly document: Document;
  /** Change paths of secret values, whose value nobody here knows. */
  readonly secrets: readonly string[];
  /** Pointers of live fields that no manifest of this version can hold. */
  readonly unknown: readonly string[];
}

/** Words a live job as a manifest. Secrets stand as masked references, also where a value could be read. */
export function draftOf(table: FieldTable, apiVersion: ApiVersion, live: LiveJob): Draft {
  const { metadata, spec, ...others } = live.document;
  // The manifest's annotations are jobwright's own; what a platform calls so is not.
  const { annotations, ...known } = metadata;
  const foreign = [...Object.keys(others), ...(annotations === undefined ? [] : ["metadata/annotations"])];
  const plain = withoutNoise(table, { metadata: known, spec });
  const { document, unknown } = fitToSchema(apiVersion, isObject(plain) ? plain : {});
  const masked = mask({ metadata: part(document, "metadata"), spec: part(document, "spec") });
  return {
    document: masked,
    secrets: maskedPaths(table, masked),
    unknown: [...unknown, ...foreign.map((path) => `/${path}`)].sort(),
  };
}

function part(document: { readonly [key: string]: Value }, key: string): Document["spec"] {
  const found = own(document, key);
  return isObject(found) ? found : {};
}

function mask(document: Document): Document {
  const masked = (value: Value): Value => {
    if (value instanceof SecretRef) return SecretRef.masked();
    if (isList(value)) return value.map(masked);
    return isObject(value) ? objectFrom(Object.entries(value).map(([key, item]) => [key, masked(item)])) : value;
  };
  return masked(document) as Document;
}

/** A draft's document with the variables in the places of its secrets; `variables` by change path. */
export function withVariables(table: FieldTable, document: Document, variables: ReadonlyMap<string, string>): Document {
  const changes = maskedPaths(table, document).flatMap((path) => {
    const name = variables.get(path);
    return name === undefined
      ? []
      : [{ op: "replace" as const, path, after: new SecretRef(`env:${name}`), cause: "unknown" as const }];
  });
  return applyChanges(table, document, changes);
}

/**
 * A draft without the field that a problem is about, and that field's pointer; undefined where a job cannot be declared
 * without it. A list is left out as a whole: without one of its items, or what tells them apart, it would be another
 * list.
 */
export function withoutField(
  document: Document,
  path: readonly string[],
): { readonly document: Document; readonly left: string } | undefined {
  let tokens = path;
  while (tokens.length > 0 && valueIn(document, tokens) === undefined) tokens = tokens.slice(0, -1);
  while (tokens.length > 0 && isList(valueIn(document, tokens.slice(0, -1)))) tokens = tokens.slice(0, -1);
  if (tokens.length < 2 || formatPointer(tokens) === "/metadata/name") return undefined;
  return { document: removed(document, tokens) as Document, left: formatPointer(tokens) };
}

function valueIn(value: Value | undefined, tokens: readonly string[]): Value | undefined {
  return tokens.reduce<Value | undefined>((at, token) => {
    if (isList(at)) return at[Number(token)];
    return isObject(at) ? own(at, token) : undefined;
  }, value);
}

function removed(value: Value, [token = "", ...rest]: readonly string[]): Value {
  if (isList(value)) return value.map((item, i) => (String(i) === token ? removed(item, rest) : item));
  if (!isObject(value)) return value;
  return objectFrom(
    Object.entries(value).flatMap(([key, item]): [string, Value][] => {
      if (key !== token) return [[key, item]];
      return rest.length === 0 ? [] : [[key, removed(item, rest)]];
    }),
  );
}
