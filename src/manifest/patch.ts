import { isDeepStrictEqual } from "node:util";
import jsonpatch from "fast-json-patch";
import type { Code } from "../codes.ts";
import { parsePointer } from "../document/pointer.ts";
import type { PatchOperation, PatchRule } from "../model/config.ts";
import type { Json } from "../model/json.ts";
import { isJsonObject, LARGEST_DOCUMENT } from "./convert.ts";
import { quote } from "./quote.ts";
import { closest } from "./suggest.ts";

/** Why an operation cannot be done. `field` is the part of the operation that is wrong. */
export interface PatchProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly field: "op" | "path" | "from" | "value";
}

/** The outcome of a rule's operations on one manifest. */
export type PatchOutcome =
  | { readonly value: Json; readonly touched: readonly Touched[] }
  | { readonly problem: PatchProblem; readonly operation: number };

/** A field that an operation wrote. */
export interface Touched {
  readonly path: readonly string[];
  readonly operation: number;
}

const NEEDS_FROM = "Write from, a JSON Pointer to where the value is taken.";

/** What says which job a manifest is about. */
const IDENTITY: readonly (readonly string[])[] = [
  ["apiVersion"],
  ["kind"],
  ["metadata", "name"],
  ["metadata", "annotations", "jobwright.dev/id"],
  ["metadata", "annotations", "jobwright.dev/target"],
];

/** What of an operation is wrong whatever it is applied to: no pointer, a missing part, a field that says who a job is. */
export function checkOperation(operation: PatchOperation): PatchProblem | undefined {
  const { op, path, from, value } = operation;
  const isCopy = op === "move" || op === "copy";
  if (isCopy && from === undefined)
    return { code: "JW1309", message: `${op} needs "from"`, hint: NEEDS_FROM, field: "op" };
  if (!isCopy && op !== "remove" && value === undefined)
    return { code: "JW1309", message: `${op} needs "value"`, hint: "Write what is to stand at path.", field: "op" };
  for (const [field, pointer] of [
    ["path", path],
    ["from", from],
  ] as const) {
    if (pointer !== undefined && !isPointer(pointer)) {
      const hint =
        "A JSON Pointer begins with /, as in /spec/schedule/enabled; ~ and / in a key are written ~0 and ~1.";
      return { code: "JW1320", message: `${quote(pointer)} is not a JSON Pointer`, hint, field };
    }
  }
  const written = op === "test" ? [] : op === "move" ? (["path", "from"] as const) : (["path"] as const);
  for (const field of written) {
    const segments = parsePointer((field === "path" ? path : from) ?? "");
    if (segments.length < 2 && !isIdentity(segments)) {
      return {
        code: "JW1310",
        message: `a patch cannot write ${segments.length === 0 ? "the whole manifest" : quote(path)}`,
        hint: "Patch fields inside of metadata and spec.",
        field,
      };
    }
    if (isIdentity(segments)) return identityProblem(field);
  }
  return undefined;
}

/** Whether a text is a JSON Pointer (RFC 6901). */
export function isPointer(text: string): boolean {
  return (text === "" || text.startsWith("/")) && !/~(?![01])/.test(text);
}

function isIdentity(segments: readonly string[]): boolean {
  return IDENTITY.some((identity) => identity.every((key, i) => segments[i] === key));
}

function identityProblem(field: PatchProblem["field"]): PatchProblem {
  return {
    code: "JW1310",
    message: "a patch cannot change which job a manifest is about (apiVersion, kind, name, target, id)",
    hint: "Change the manifest itself, or declare the job in another one.",
    field,
  };
}

/**
 * A manifest's value with a rule's operations applied, in order. All or nothing; `value` is left as it is. Pointers are
 * walked by own properties before the operation, so no inherited name can be read or written.
 */
export function applyPatch(value: Json, rule: PatchRule): PatchOutcome {
  const before = identityOf(value);
  let document = copy(value);
  let size = sizeOf(document);
  const touched: Touched[] = [];
  for (const [index, operation] of rule.patch.entries()) {
    const problem = checkOperation(operation) ?? checkAgainst(document, operation);
    if (problem !== undefined) return { problem, operation: index };
    if (operation.op === "test") continue;
    size += growth(document, operation);
    // What was replaced and removed is not counted off one by one; only when it matters is the whole measured.
    if (size > LARGEST_DOCUMENT) size = sizeOf(document) + growth(document, operation);
    if (size > LARGEST_DOCUMENT) {
      return {
        problem: {
          code: "JW1319",
          message: "the patch makes the manifest larger than 4 MiB",
          hint: "Does it copy a value into itself, or one that is large already?",
          field: "op",
        },
        operation: index,
      };
    }
    document = apply(document, operation);
    touched.push({ path: parsePointer(operation.path), operation: index });
    if (!isDeepStrictEqual(identityOf(document), before)) return { problem: identityProblem("path"), operation: index };
  }
  return { value: document, touched };
}

function apply(document: Json, operation: PatchOperation): Json {
  // The library keeps a reference to the value that it puts in, and later operations would write into the rule.
  const own = operation.value === undefined ? operation : { ...operation, value: copy(operation.value) };
  return jsonpatch.applyOperation<Json>(document, own as jsonpatch.Operation, false, true, true).newDocument;
}

/** A copy in which nothing is shared: a value that aliases repeat must not change in all places at once. */
function copy(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function identityOf(value: Json): readonly (Json | undefined)[] {
  return IDENTITY.map((path) => found(value, path));
}

function growth(document: Json, operation: PatchOperation): number {
  if (operation.op === "copy") return sizeOf(found(document, parsePointer(operation.from ?? "")) ?? null);
  return operation.value === undefined ? 0 : sizeOf(operation.value) + operation.path.length;
}

function checkAgainst(document: Json, operation: PatchOperation): PatchProblem | undefined {
  const { op, from, path } = operation;
  if (op === "move" || op === "copy") {
    const problem = checkTarget(document, from ?? "", "from");
    if (problem !== undefined) return problem;
    if (op === "move" && `${path}/`.startsWith(`${from}/`) && path !== from) {
      const hint = "Choose a path that does not begin with from.";
      return { code: "JW1309", message: "a value cannot be moved into itself", hint, field: "path" };
    }
  }
  if (op === "add" || op === "move" || op === "copy") return checkPlace(document, path);
  const problem = checkTarget(document, path, "path");
  if (problem !== undefined || op !== "test") return problem;
  if (isDeepStrictEqual(found(document, parsePointer(path)), operation.value)) return undefined;
  return {
    code: "JW1309",
    message: `the test of ${quote(path)} fails: the manifest has another value there`,
    hint: "The rule was written for another value: look at what the manifest says now.",
    field: "value",
  };
}

/** Whether there is a value at a pointer. */
function checkTarget(document: Json, pointer: string, field: "path" | "from"): PatchProblem | undefined {
  let value: Json = document;
  const segments = parsePointer(pointer);
  for (const [index, segment] of segments.entries()) {
    const next = child(value, segment);
    if (next === undefined) return missing(value, pointer, segments.slice(0, index), segment, field);
    value = next;
  }
  return undefined;
}

/** Whether a value may be put at a pointer: its parent is there, and an index is within the list or at its end. */
function checkPlace(document: Json, pointer: string): PatchProblem | undefined {
  const segments = parsePointer(pointer);
  const last = segments.at(-1) ?? "";
  const parentPointer = pointer.slice(0, pointer.lastIndexOf("/"));
  const problem = checkTarget(document, parentPointer, "path");
  if (problem !== undefined) return problem;
  const parent = found(document, segments.slice(0, -1)) ?? null;
  if (isJsonObject(parent)) {
    if (last !== "__proto__") return undefined;
    return {
      code: "JW1309",
      message: 'a patch cannot set a key "__proto__"',
      hint: "Choose another key.",
      field: "path",
    };
  }
  if (isList(parent)) {
    if (last === "-" || (isIndex(last) && Number(last) <= parent.length)) return undefined;
    return {
      code: "JW1309",
      message: `${quote(last)} is no place in a list of ${parent.length}`,
      hint: 'Write "-" for its end.',
      field: "path",
    };
  }
  return {
    code: "JW1309",
    message: `there is no mapping or list at ${quote(parentPointer)} to add to`,
    hint: "Correct the path, or add the whole mapping or list.",
    field: "path",
  };
}

function missing(
  parent: Json,
  pointer: string,
  above: readonly string[],
  segment: string,
  field: "path" | "from",
): PatchProblem {
  const meant = isJsonObject(parent) ? closest(segment, Object.keys(parent)) : undefined;
  const what = isList(parent)
    ? `a list of ${parent.length} has no item ${quote(segment)}`
    : `there is no ${quote(segment)}`;
  const hint =
    meant === undefined
      ? 'Where it may be missing, use "add" with its parent.'
      : `Did you mean ${JSON.stringify(meant)}?`;
  const place = above.length === 0 ? "the manifest" : `/${above.join("/")}`;
  return { code: "JW1309", message: `the patch does not fit: ${what} in ${place} (${quote(pointer)})`, hint, field };
}

function found(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const segment of path) current = current === undefined ? undefined : child(current, segment);
  return current;
}

function child(value: Json, segment: string): Json | undefined {
  if (isList(value)) return isIndex(segment) ? value[Number(segment)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isIndex(segment: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(segment);
}

/** About how many characters of JSON a value takes. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item) + 1, 2);
  if (typeof value !== "object" || value === null) return 4;
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + 4 + sizeOf(item), 2);
}
