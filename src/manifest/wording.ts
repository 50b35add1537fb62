import type { ErrorObject } from "ajv";
import { parsePointer } from "../document/pointer.ts";
import type { Json } from "../model/json.ts";
import { isJsonObject } from "./convert.ts";
import { quote, quoteChoice } from "./quote.ts";
import { fieldName, type Problem } from "./report.ts";
import { closest, didYouMean } from "./suggest.ts";

/** What a message may say about the value that was checked. */
export interface Checked {
  readonly value: Json;
  /** Pointers of secrets: how each is written (`${env:NAME}`), and whether its value was there to be checked. */
  readonly secrets: ReadonlyMap<string, { readonly text: string; readonly known: boolean }>;
  /** What the whole is called. */
  readonly whole: string;
  /** A hint for an unknown field, by name, that beats a guess. */
  readonly unknown?: (field: string, path: readonly string[]) => string | undefined;
}

/** The schema compiler's errors in our words, without those that only repeat others. Never shows a secret's value. */
export function describeErrors(errors: readonly ErrorObject[], checked: Checked): Problem[] {
  const misspelt = new Set(errors.flatMap((error) => meantField(error)));
  return errors.flatMap((error) => {
    const missing = `${error.instancePath} ${String(error.params.missingProperty)}`;
    if (error.keyword === "required" && misspelt.has(missing)) return [];
    const problem = describe(error, checked);
    return problem === undefined ? [] : [{ ...problem, hint: problem.hint ?? about(schemaOf(error)) }];
  });
}

/** What a field is for, as its schema says it. */
function about({ description }: { readonly [key: string]: Json }): string | undefined {
  return typeof description === "string" ? description : undefined;
}

/** The field that an unknown one was meant to be: it is not missing as well. */
function meantField(error: ErrorObject): string[] {
  if (error.keyword !== "additionalProperties") return [];
  const meant = closest(String(error.params.additionalProperty), knownFields(error));
  return meant === undefined ? [] : [`${error.instancePath} ${meant}`];
}

function knownFields(error: ErrorObject): readonly string[] {
  const properties = schemaOf(error)["properties"];
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

function describe(error: ErrorObject, checked: Checked): Problem | undefined {
  const path = parsePointer(error.instancePath);
  const name = fieldName(path, checked.whole);
  const secret = checked.secrets.get(error.instancePath);
  // Of a value that was not read only its type is known.
  if (secret !== undefined && !secret.known && error.keyword !== "type") return undefined;
  const shown = secret === undefined ? valueText(valueAt(checked.value, path)) : `the value of ${secret.text}`;
  const limit: unknown = error.params.limit;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, path, checked);
    case "required":
      return missingField(error, path, checked.whole);
    case "type":
      return wrongType(error, path, name, checked, secret?.text);
    case "enum":
      return {
        code: "JW1107",
        path,
        ...notAllowed(name, shown, error.params.allowedValues, secret !== undefined, valueAt(checked.value, path)),
      };
    case "const":
      return {
        code: "JW1107",
        path,
        ...notAllowed(name, shown, [error.params.allowedValue], secret !== undefined, valueAt(checked.value, path)),
      };
    case "minimum":
      return { code: "JW1108", path, message: `${name} is ${shown}, but at least ${String(limit)} is needed` };
    case "maximum":
      return { code: "JW1108", path, message: `${name} is ${shown}, but at most ${String(limit)} is allowed` };
    case "minLength":
      return {
        code: "JW1108",
        path,
        message: limit === 1 ? `${name} is empty` : `${name} is shorter than ${String(limit)} characters`,
      };
    case "maxLength":
      return { code: "JW1108", path, message: `${name} is longer than ${String(limit)} characters` };
    case "minItems":
      return {
        code: "JW1108",
        path,
        message: limit === 1 ? `${name} is empty` : `${name} has fewer than ${String(limit)} items`,
      };
    case "maxItems":
      return { code: "JW1108", path, message: `${name} has more than ${String(limit)} items` };
    case "propertyNames": {
      const key = String(error.params.propertyName);
      const hint = "Names hold letters, digits, '.', '_' and '-', and begin with a letter.";
      return {
        code: "JW1317",
        path: [...path, key],
        part: "key",
        message: `${quote(key)} cannot be a name in ${name}`,
        hint,
      };
    }
    // These only say that something inside them was wrong, which is told by itself.
    case "if":
    case "anyOf":
    case "oneOf":
      return undefined;
    case "pattern":
      return error.propertyName === undefined
        ? { code: "JW1108", path, message: `${name} does not have the form that is needed` }
        : undefined;
    default:
      return { code: "JW1107", path, message: `${name} is not allowed like this` };
  }
}

function unknownField(error: ErrorObject, path: readonly string[], checked: Checked): Problem {
  const field = String(error.params.additionalProperty);
  const known = knownFields(error);
  const list = known.length === 0 ? "" : `Known here: ${known.join(", ")}.`;
  return {
    code: "JW1104",
    message: `unknown field ${quote(field)} in ${fieldName(path, checked.whole)}`,
    hint: checked.unknown?.(field, path) ?? didYouMean(field, known, list),
    path: [...path, field],
    part: "key",
  };
}

function missingField(error: ErrorObject, path: readonly string[], whole: string): Problem {
  const field = String(error.params.missingProperty);
  const properties = schemaOf(error)["properties"];
  const schema = isJsonObject(properties) ? properties[field] : undefined;
  return {
    code: "JW1105",
    message: `${quote(field)} is missing in ${fieldName(path, whole)}`,
    hint: (isJsonObject(schema) ? about(schema) : undefined) ?? `Add ${quote(field)}.`,
    path,
    part: "key",
  };
}

/** The schema around an error; the validator hands it on as it stands in schemas/. */
function schemaOf(error: ErrorObject): { readonly [key: string]: Json } {
  return (error.parentSchema ?? {}) as { readonly [key: string]: Json };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  null: "null",
};

function wrongType(
  error: ErrorObject,
  path: readonly string[],
  name: string,
  checked: Checked,
  secret: string | undefined,
): Problem {
  const types: readonly string[] = [error.params.type].flat().map(String);
  const wanted = types.filter((type) => type !== "null" || types.length === 1);
  const value = valueAt(checked.value, path);
  const words = wanted.map((type) => TYPES[type] ?? type).join(" or ");
  const is = secret === undefined ? typeText(value) : `the text of ${secret}`;
  return {
    code: "JW1106",
    message: `${name} must be ${words}, not ${is}`,
    hint: typeHint(wanted, value, secret) ?? `Write ${words}.`,
    path,
  };
}

function typeHint(wanted: readonly string[], value: Json | undefined, secret: string | undefined): string | undefined {
  if (secret !== undefined)
    return "Values of the environment and of files are always text; for other types use ${var:NAME}.";
  if (value === null) return "It cannot be cleared; leave it out if it is not to be managed.";
  if (wanted.includes("string") && (typeof value === "number" || typeof value === "boolean")) {
    return `Quote it: ${JSON.stringify(String(value))}.`;
  }
  if (typeof value === "string" && /^-?\d+$/.test(value) && (wanted.includes("integer") || wanted.includes("number"))) {
    return `Write it without quotes: ${value}.`;
  }
  if (typeof value === "string" && wanted.includes("boolean")) {
    const meant = /^(?:true|yes|on|y)$/i.test(value)
      ? "true"
      : /^(?:false|no|off|n)$/i.test(value)
        ? "false"
        : undefined;
    return meant === undefined ? "Write true or false." : `Write ${meant}, without quotes.`;
  }
  if (wanted.includes("array") && value !== undefined) return 'Write each item on a line of its own after "- ".';
  return undefined;
}

function typeText(value: Json | undefined): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "text";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "this";
}

function notAllowed(
  name: string,
  shown: string,
  allowed: unknown,
  secret: boolean,
  value: Json | undefined,
): { readonly message: string; readonly hint?: string } {
  const words = (Array.isArray(allowed) ? allowed : []).filter((word): word is string => typeof word === "string");
  const message = `${name} is ${shown}, but must be ${quoteChoice(words)}`;
  const meant = typeof value === "string" && !secret ? closest(value, words) : undefined;
  return meant === undefined ? { message } : { message, hint: `Did you mean ${JSON.stringify(meant)}?` };
}

function valueText(value: Json | undefined): string {
  if (typeof value === "string") return quote(value);
  return typeText(value);
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const segment of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as { readonly [key: string]: Json })[segment];
  }
  return current;
}
