import validate from "../compiled/state.js";
import { isDeeper, MOST_LEVELS } from "../document/depth.ts";
import type { JobwrightError } from "../errors.ts";
import type { State } from "../model/state.ts";
import { oneLine, storageError } from "./failure.ts";

/** A state as a store keeps it: with the last journal entry that it includes. */
export interface StoredState {
  readonly state: State;
  /** Entries up to this one are in the state already; 0 where there were none. */
  readonly lastSeq: number;
}

/** A state larger than this is not read (bytes). */
export const MAX_STATE_BYTES = 100 * 1024 * 1024;

/** How to get back to a state, for people. */
export const RESTORE_HINT =
  "Nothing was changed and nothing was sent. Put back a good copy (a backup, or the file as it was before the edit), " +
  "or see docs/state.md, Recovery.";

/**
 * The state as text: JSON, one job a line, addresses sorted, so that two of them compare well. Fields that this
 * version does not know are kept.
 */
export function encodeState(stored: StoredState): string {
  const { formatVersion, lineage, serial, environment, salt, targets, jobs, open, applied, ...further } = stored.state;
  const head = { formatVersion, lineage, serial, lastSeq: stored.lastSeq, environment, salt, targets };
  const fields = Object.entries({ ...head, applied, ...further }).map(([key, value]) => field(key, value));
  const addresses = Object.keys(jobs).sort();
  const jobLines = addresses.map((address) => `    ${JSON.stringify(address)}: ${JSON.stringify(jobs[address])}`);
  const openLines = open.map((intent) => `    ${JSON.stringify(intent)}`);
  fields.push(block("open", "[]", openLines), block("jobs", "{}", jobLines));
  return `{\n${fields.join(",\n")}\n}\n`;
}

function field(key: string, value: unknown): string {
  return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}

function block(key: string, brackets: "[]" | "{}", lines: readonly string[]): string {
  if (lines.length === 0) return `  "${key}": ${brackets}`;
  return `  "${key}": ${brackets[0]}\n${lines.join(",\n")}\n  ${brackets[1]}`;
}

/**
 * Reads a state. `place` names it in messages. Throws a JobwrightError (`storage`) for whatever is not a whole, valid
 * state of this environment; nothing is ever taken for an empty one.
 */
export function parseState(bytes: Uint8Array, place: string, environment: string): StoredState {
  const raw = parseJson(decodeText(bytes, place), place);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw damaged(place, "holds no JSON object");
  const version = "formatVersion" in raw ? raw.formatVersion : undefined;
  if (typeof version === "number" && version > 1) {
    throw storageError(
      "JW4002",
      `${place} was written by a newer jobwright (formatVersion ${version}; this one reads 1)`,
      "Nothing was changed and nothing was sent. Use the newer version.",
    );
  }
  const { lastSeq = 0, ...state } = checkState(raw, place);
  if (state.environment !== environment) throw otherEnvironment(place, state.environment, environment);
  return { state, lastSeq };
}

type WithSeq = State & { readonly lastSeq?: number };

/** The value as a state, if the schema agrees; throws as {@link parseState} does. */
export function checkState(value: unknown, place: string): WithSeq {
  if (isDeeper(value, MOST_LEVELS)) throw damaged(place, `is nested deeper than ${MOST_LEVELS} levels`);
  if (validate(value)) return value as WithSeq;
  const first = validate.errors?.[0];
  const at = oneLine(first?.instancePath || "/");
  throw damaged(place, first === undefined ? "is not valid" : `${at} ${first.message ?? ""}`);
}

function decodeText(bytes: Uint8Array, place: string): string {
  if (bytes.length === 0) throw damaged(place, "is empty (0 bytes)");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(place, "is not UTF-8 text");
  }
  if (text.startsWith("\ufeff")) throw damaged(place, "starts with a byte order mark: an editor rewrote it");
  const conflict = text.split("\n").findIndex((line) => /^(<{7}|={7}|>{7})( |\r?$)/.test(line));
  if (conflict >= 0) throw damaged(`${place}:${conflict + 1}`, "holds a merge conflict");
  return text;
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words may quote the text.
    throw damaged(place, "is not whole JSON (cut off, or edited)");
  }
}

function damaged(place: string, what: string): JobwrightError {
  return storageError("JW4001", `${place}: the state ${what}`, RESTORE_HINT);
}

function otherEnvironment(place: string, found: string, wanted: string): JobwrightError {
  const words = (name: string): string => (name === "" ? "no environment" : `environment ${JSON.stringify(name)}`);
  return storageError(
    "JW4003",
    `${place} is the state of ${words(found)}, not of ${words(wanted)}`,
    "Choose the environment with --env, or put the right file in place. Nothing was changed and nothing was sent.",
  );
}
