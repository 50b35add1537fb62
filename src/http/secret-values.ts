import { childPointer } from "../document/pointer.ts";
import { JobwrightError } from "../errors.ts";
import { isList, isObject, objectFrom, own, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { Address } from "../model/job.ts";
import type { Json } from "../model/json.ts";

/** Whether a text looks like what a platform shows in place of a secret: three or more `*`, bullets or `x` in a row. */
export function looksMasked(text: string): boolean {
  return /[*•●]{3}|x{3}/i.test(text);
}

/** Hides every answered secret value, for reads that did not ask to see any. */
export function hideAll(): Value {
  return SecretRef.masked();
}

/**
 * Hides answered secret values and keeps those that are really shown (`show_secrets`) in the table, so that a PUT can
 * carry them. What looks masked, or is no text, counts as not known.
 */
export function hideAndKeep(address: Address, secrets: SecretTable): (pointer: string, answered: Value) => Value {
  return (pointer, answered) => {
    if (typeof answered !== "string" || answered === "" || looksMasked(answered)) return SecretRef.masked();
    const key = `live:${address}#${pointer}`;
    secrets.add(key, answered);
    return new SecretRef("live", key);
  };
}

/**
 * A body with the secrets' values in it: what goes on the wire, and nowhere else. Throws a JobwrightError
 * (`secret-unreadable`) where a value is not known, or where a mask stands in its place; nothing is sent then.
 */
export function fillSecrets(body: Value, secrets: SecretTable, address: Address): Json {
  return fill(body, { secrets, address, pointer: "", name: undefined });
}

interface Place {
  readonly secrets: SecretTable;
  readonly address: Address;
  readonly pointer: string;
  /** The `name` of the object that the value stands in: the variable. */
  readonly name: string | undefined;
}

function fill(value: Value, place: Place): Json {
  if (value instanceof SecretRef) return place.secrets.value(value) ?? fail(unknownSecret(value, place));
  if (isList(value)) return value.map((item, i) => fill(item, below(place, String(i), undefined)));
  if (!isObject(value)) return value;
  const name = own(value, "name");
  const isSecret = own(value, "secret") === true;
  const variable = isSecret && typeof name === "string" ? name : undefined;
  const content = own(value, "value");
  if (isSecret && typeof content === "string" && looksMasked(content)) {
    fail(maskInPlace(below(place, "value", variable)));
  }
  return objectFrom(Object.entries(value).map(([key, item]) => [key, fill(item, below(place, key, variable))]));
}

function below(place: Place, token: string, name: string | undefined): Place {
  return { ...place, pointer: childPointer(place.pointer, token), name };
}

function fail(error: JobwrightError): never {
  throw error;
}

function unknownSecret(ref: SecretRef, place: Place): JobwrightError {
  const what = place.name ?? (ref.text === "live" ? place.pointer : ref.text);
  return new JobwrightError(
    "JW2060",
    "secret-unreadable",
    `${place.address}: the value of the secret ${what} is not known (${place.pointer})`,
    {
      hint:
        ref.text === "live"
          ? `Nothing was sent: leaving it out or sending its mask would destroy it. Declare ${what} in the manifest, or use a key that may read secrets.`
          : `Nothing was sent. Set what ${ref.text} refers to where jobwright runs.`,
    },
  );
}

function maskInPlace(place: Place): JobwrightError {
  const message = `${place.address}: a mask stands where the value of the secret ${place.name ?? place.pointer} is due (${place.pointer})`;
  return new JobwrightError("JW2060", "secret-unreadable", message, {
    hint: "Nothing was sent: it would overwrite the real secret. Declare the secret with its value, as ${env:NAME}.",
  });
}
