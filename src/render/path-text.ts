import { parsePointer } from "../document/pointer.ts";
import { safeText } from "./safe.ts";

/** Lists whose items stand by a key in a change's path. */
const KEYED: ReadonlySet<string> = new Set(["envs", "ports", "volumes", "triggers"]);

/**
 * A JSON Pointer as people write it: `/spec/runtime/envs/BUCKET/value` is `spec.runtime.envs[BUCKET].value`, the first
 * cron trigger `spec.triggers.cron[0]`. Keys that hold anything but letters, digits, `_` and `-` are quoted. Safe to show.
 */
export function pathText(pointer: string): string {
  let text = "";
  let parent = "";
  for (const key of parsePointer(pointer)) {
    const item = KEYED.has(parent);
    text += item ? itemText(key) : `${text === "" ? "" : "."}${keyText(key)}`;
    parent = item ? "" : key;
  }
  return safeText(text === "" ? "(the whole job)" : text);
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** An item of a list: by its key, by type and position (`cron[0]`), or by position alone (`[3]`). */
function itemText(token: string): string {
  if (/^\[\d+\]$/.test(token)) return token;
  if (/^[\w-]+\[\d+\]$/.test(token)) return `.${token}`;
  return `[${/^[\w.#-]+$/.test(token) ? token : JSON.stringify(token)}]`;
}
