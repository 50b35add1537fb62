import type { Json } from "../model/json.ts";
import type { Cause } from "../model/plan.ts";
import { safeText } from "../render/safe.ts";
import { inlineValue } from "../render/value-text.ts";

/** What `import --drifted --json` answers. */
export interface DriftedDocument {
  readonly formatVersion: 1;
  /** Manifests that say now what is live; sorted by address. */
  readonly edited: readonly {
    readonly address: string;
    /** Relative to the project root. */
    readonly file: string;
    readonly changes: readonly DriftedChange[];
  }[];
  /** What differs still, and why it was left as it is written. */
  readonly left: readonly {
    readonly address: string;
    /** Absent where the whole job is meant. */
    readonly path?: string;
    readonly reason: string;
  }[];
}

/** A field of a manifest that was changed. */
export interface DriftedChange {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  /** What the manifest declared; absent for `add`. */
  readonly before?: Json;
  /** What is live, and declared now; absent for `remove`. */
  readonly after?: Json;
  readonly cause: Cause;
}

/** The same for people. */
export function driftedText({ edited, left }: DriftedDocument): string {
  const lines = [
    ...edited.flatMap(({ address, file, changes }) => [`${address}  ${file}`, ...changes.map(changeLine), ""]),
    ...(left.length === 0 ? [] : ["Left as written:"]),
    ...left.map(({ address, path, reason }) => `  ${address}${path === undefined ? "" : ` ${path}`}: ${reason}`),
    ...(left.length === 0 ? [] : [""]),
    edited.length === 0
      ? "No manifest was changed."
      : `${edited.length} ${edited.length === 1 ? "job says" : "jobs say"} now what is live. Look at it (git diff), then: jobwright plan`,
  ];
  return `${lines.map(safeText).join("\n")}\n`;
}

function changeLine({ op, path, before, after, cause }: DriftedChange): string {
  const too = cause === "conflict" ? "  (Git had changed it too)" : cause === "paused" ? "  (paused by hand)" : "";
  switch (op) {
    case "add":
      return `  + ${path}: ${inlineValue(after ?? null)}${too}`;
    case "remove":
      return `  - ${path}: ${inlineValue(before ?? null)}${too}`;
    case "replace":
      return `  ~ ${path}: ${inlineValue(before ?? null)} -> ${inlineValue(after ?? null)}${too}`;
  }
}
