import { matchesParts, type PatternPart } from "../model/match.ts";

/** A glob without braces: what each folder's name and the file's must be, `**` for any folders. */
export type Glob = readonly (readonly PatternPart[] | "**")[];

/** How far names of a path have led into a glob: what of it may come next. Empty: nothing below can match. */
export type Places = ReadonlySet<number>;

/**
 * A glob as globs without braces. `*` and `?` stay within one name, `[a-z]` is one character of those, `[!a]` any other,
 * `**` any folders, none included; `{a,b}` is either. The pattern was checked (glob-guard.ts).
 */
export function parseGlob(pattern: string): readonly Glob[] {
  return withoutBraces(pattern.replace(/^(?:\.\/)+/, "")).map((each) =>
    each.split("/").map((segment) => (segment === "**" ? "**" : partsOf(segment))),
  );
}

/** Where every path begins. */
export function startOf(glob: Glob): Places {
  return passFolders(glob, new Set([0]));
}

/**
 * Where one more name leads. Names that begin with a dot are meant only by what begins with one, unless `hidden`. Takes
 * as many steps as the glob has parts times the name's length, whatever the glob.
 */
export function stepInto(glob: Glob, places: Places, name: string, hidden: boolean): Places {
  const characters = Array.from(name);
  const isHidden = name.startsWith(".") && !hidden;
  const next = new Set<number>();
  for (const place of places) {
    const part = glob[place];
    if (part === undefined) continue;
    if (part === "**") {
      if (!isHidden) next.add(place);
    } else if ((!isHidden || part[0] === ".") && matchesParts(part, characters)) next.add(place + 1);
  }
  return passFolders(glob, next);
}

/** Whether a path that led to these places matches. */
export function isWhole(glob: Glob, places: Places): boolean {
  return places.has(glob.length);
}

/** `**` may stand for no folder at all. */
function passFolders(glob: Glob, places: ReadonlySet<number>): Places {
  const all = new Set(places);
  for (const place of all) if (glob[place] === "**") all.add(place + 1);
  return all;
}

function withoutBraces(pattern: string): readonly string[] {
  const group = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (group === null) return [pattern];
  const before = pattern.slice(0, group.index);
  const after = pattern.slice(group.index + group[0].length);
  return (group[1] ?? "").split(",").flatMap((choice) => withoutBraces(before + choice + after));
}

function partsOf(segment: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  for (let rest = segment; rest !== ""; ) {
    const set = /^\[([!^]?)(\]?[^\]]*)\]/u.exec(rest);
    const part = set === null ? (Array.from(rest.slice(0, 2))[0] ?? "") : setOf(set[2] ?? "", set[1] !== "");
    parts.push(part);
    rest = rest.slice(set === null ? String(part).length : set[0].length);
  }
  return parts;
}

/** `a-z_` as a set of characters. */
function setOf(text: string, negated: boolean): { has(character: string): boolean } {
  const ranges: { readonly from: number; readonly to: number }[] = [];
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at]?.codePointAt(0) ?? 0;
    const isRange = characters[at + 1] === "-" && at + 2 < characters.length;
    const to = isRange ? (characters[at + 2]?.codePointAt(0) ?? 0) : from;
    ranges.push({ from, to });
    if (isRange) at += 2;
  }
  return {
    has: (character) => {
      const code = character.codePointAt(0) ?? 0;
      return ranges.some(({ from, to }) => from <= code && code <= to) !== negated;
    },
  };
}
