import { counted, type RenderStyle, shown, wrapped } from "./style.ts";

/** Something to show, and with the last one shown of its kind those like it that are not. */
export interface Shown<T> {
  readonly item: T;
  readonly like: readonly T[];
}

/** What can be told about in the same words for many jobs. */
interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly address?: string;
  readonly file?: string;
}

/** So many of a kind are shown where there are more than `MOST_EQUAL`. */
const SHOWN = 3;
const MOST_EQUAL = 5;

/** So many places of those not shown are named. */
const MOST_PLACES = 100;

/**
 * Items in their order, but of more than five that say the same, save for which job or file they are about, only the first
 * three. With -v all are shown. What differs in a word more is never left out.
 */
export function withoutRepeats<T extends Told>(items: readonly T[], style: RenderStyle): readonly Shown<T>[] {
  if (style.detailed) return items.map((item) => ({ item, like: [] }));
  const groups = new Map<string, T[]>();
  const groupOf = items.map((item) => {
    const key = sayingOf(item);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(item);
    return group;
  });
  const seen = new Map<readonly T[], number>();
  return items.flatMap((item, at) => {
    const group = groupOf[at] ?? [];
    const before = seen.get(group) ?? 0;
    seen.set(group, before + 1);
    if (group.length <= MOST_EQUAL) return [{ item, like: [] }];
    return before >= SHOWN ? [] : [{ item, like: before === SHOWN - 1 ? group.slice(SHOWN) : [] }];
  });
}

/** What an item says, whichever job and file it is about. */
function sayingOf({ code, message, hint = "", address = "", file = "" }: Told): string {
  const general = (text: string): string => {
    const anyJob = address === "" ? text : text.replaceAll(address, "\u0000job");
    return file === "" ? anyJob : anyJob.replaceAll(file, "\u0000file");
  };
  return [code, general(message), general(hint)].join("\u0001");
}

/**
 * How many more there are like the one above, and the first of their places; nothing where there are none. `all` tells
 * how to see all of them.
 */
export function moreLines<T extends Told>(
  like: readonly T[],
  placeOf: (item: T) => string,
  style: RenderStyle,
  { indent, all }: { readonly indent: number; readonly all: string },
): readonly string[] {
  if (like.length === 0) return [];
  const files = new Set(like.flatMap(({ file }) => file ?? [])).size;
  const where = files === 0 ? "" : `, in ${counted(files, "file")}`;
  const places = like
    .slice(0, MOST_PLACES)
    .map((item) => shown(style, placeOf(item), 100))
    .filter((place) => place !== "");
  const named = places.join(", ");
  const rest = like.length > MOST_PLACES ? ", ..." : "";
  return [
    ...wrapped(style, `and ${like.length} more like it${where}; all of them: ${all}`, indent),
    ...(named === "" ? [] : wrapped(style, `${named}${rest}`, indent + 2)),
  ].map((line) => style.paint("dim", line));
}
