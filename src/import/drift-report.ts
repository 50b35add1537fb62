import type { Json } from "../model/json.ts";
import type { Cause } from "../model/plan.ts";
import { pathText } from "../render/path-text.ts";
import { safeText } from "../render/safe.ts";
import { counted, glyphsOf, PLAIN_STYLE, type RenderStyle, shown, wrapped } from "../render/style.ts";
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
export function driftedText({ edited, left }: DriftedDocument, style: RenderStyle = PLAIN_STYLE): string {
  const lines = [
    ...edited.flatMap(({ address, file, changes }) => [
      `${style.paint("strong", shown(style, address))}  ${safeText(file)}`,
      ...changes.flatMap((change) => changeLines(change, style)),
      "",
    ]),
    ...(left.length === 0 ? [] : [style.paint("warning", "Left as written:")]),
    ...left.flatMap(({ address, path, reason }) =>
      wrapped(style, `${address}${path === undefined ? "" : ` ${pathText(path)}`}: ${reason}`, 2, 2),
    ),
    ...(left.length === 0 ? [] : [""]),
    ...wrapped(
      style,
      edited.length === 0
        ? "No manifest was changed."
        : `${counted(edited.length, "job says", "jobs say")} now what is live. Look at it (git diff), then: jobwright plan`,
      0,
    ).map((line) => style.paint("strong", line)),
  ];
  return `${lines.join("\n")}\n`;
}

function changeLines({ op, path, before, after, cause }: DriftedChange, style: RenderStyle): readonly string[] {
  const too = cause === "conflict" ? "  (Git had changed it too)" : cause === "paused" ? "  (paused by hand)" : "";
  const { arrow } = glyphsOf(style);
  const was = inlineValue(before ?? null);
  const is = inlineValue(after ?? null);
  const looks = {
    add: { mark: "+", paint: "create", text: is },
    remove: { mark: "-", paint: "destroy", text: was },
    replace: { mark: "~", paint: "change", text: `${was} ${arrow} ${is}` },
  } as const;
  const { mark, paint, text } = looks[op];
  const [first = "", ...rest] = wrapped(style, `${mark} ${pathText(path)}  ${text}${too}`, 2, 4);
  return [`  ${style.paint(paint, mark)}${first.slice(3)}`, ...rest];
}
