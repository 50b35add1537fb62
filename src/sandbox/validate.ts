import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "./json.ts";

/** What a request body must look like. `nullable`: null will do as well. */
export type Shape = { readonly nullable?: true } & (
  | { readonly kind: "any" | "boolean" }
  | { readonly kind: "string"; readonly max?: number; readonly rule?: StringRule }
  | { readonly kind: "integer"; readonly min?: number; readonly max?: number }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | ObjectShape
);

/** An object with named fields. Others may be there; `unknown` says what becomes of them. */
export interface ObjectShape {
  readonly kind: "object";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly nullable?: true;
}

/** A pattern with the words for what it demands. */
export interface StringRule {
  readonly pattern: RegExp;
  readonly words: string;
}

/** What is wrong with one value. `type` and `msg` are worded as the Python frameworks' validation errors. */
export interface Issue {
  readonly loc: readonly (string | number)[];
  readonly type: string;
  readonly msg: string;
  readonly input: Json;
}

/** Five fields: minute, hour, day, month, weekday. */
export const CRON_RULE: StringRule = {
  pattern: /^\s*(?:\S+\s+){4}\S+\s*$/,
  words: "a cron expression must have five fields",
};

/** All that is wrong with a value, in document order. `unknown: "reject"` makes unknown fields wrong. */
export function check(
  shape: Shape,
  value: Json,
  unknown: "ignore" | "reject" = "ignore",
  loc: Issue["loc"] = [],
): Issue[] {
  const issue = (type: string, msg: string): Issue[] => [{ loc, type, msg, input: value }];
  if (value === null && shape.nullable) return [];
  switch (shape.kind) {
    case "any":
      return [];
    case "boolean":
      return typeof value === "boolean" ? [] : issue("bool_type", "Input should be a valid boolean");
    case "string":
      return checkString(shape, value, issue);
    case "integer":
      return checkInteger(shape, value, issue);
    case "enum":
      return typeof value === "string" && shape.values.includes(value)
        ? []
        : issue("literal_error", `Input should be ${orList(shape.values)}`);
    case "list":
      if (!Array.isArray(value)) return issue("list_type", "Input should be a valid list");
      return value.flatMap((item: Json, index) => check(shape.item, item, unknown, [...loc, index]));
    case "map":
      if (!isJsonObject(value)) return issue("dict_type", "Input should be a valid dictionary");
      return Object.entries(value).flatMap(([key, inner]) => check(shape.value, inner, unknown, [...loc, key]));
    case "object":
      if (!isJsonObject(value)) return issue("model_attributes_type", "Input should be a valid dictionary or object");
      return checkObject(shape, value, unknown, loc);
  }
}

function checkString(
  shape: { readonly max?: number; readonly rule?: StringRule },
  value: Json,
  issue: (type: string, msg: string) => Issue[],
): Issue[] {
  if (typeof value !== "string") return issue("string_type", "Input should be a valid string");
  if (shape.max !== undefined && [...value].length > shape.max) {
    return issue("string_too_long", `String should have at most ${shape.max} characters`);
  }
  if (shape.rule && !shape.rule.pattern.test(value)) return issue("value_error", `Value error, ${shape.rule.words}`);
  return [];
}

function checkInteger(
  shape: { readonly min?: number; readonly max?: number },
  value: Json,
  issue: (type: string, msg: string) => Issue[],
): Issue[] {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return issue("int_type", "Input should be a valid integer");
  }
  if (shape.min !== undefined && value < shape.min) {
    return issue("greater_than_equal", `Input should be greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && value > shape.max) {
    return issue("less_than_equal", `Input should be less than or equal to ${shape.max}`);
  }
  return [];
}

function checkObject(shape: ObjectShape, value: JsonObject, unknown: "ignore" | "reject", loc: Issue["loc"]): Issue[] {
  const missing = (shape.required ?? [])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key): Issue => ({ loc: [...loc, key], type: "missing", msg: "Field required", input: value }));
  const present = Object.entries(value).flatMap(([key, inner]): Issue[] => {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (field) return check(field, inner, unknown, [...loc, key]);
    if (unknown === "ignore") return [];
    return [{ loc: [...loc, key], type: "extra_forbidden", msg: "Extra inputs are not permitted", input: inner }];
  });
  return [...missing, ...present];
}

/** The value without the fields that its shape does not name, at any depth. */
export function pick(shape: Shape, value: Json): Json {
  if (shape.kind === "list" && Array.isArray(value)) return value.map((item: Json) => pick(shape.item, item));
  if (shape.kind !== "object" || !isJsonObject(value)) return value;
  const known = Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    return field ? [[key, pick(field, inner)]] : [];
  });
  return Object.fromEntries(known);
}

function orList(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
}
