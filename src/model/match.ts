/** One of a pattern's parts: `*`, `?`, a character that stands for itself, or a set of characters. */
export type PatternPart = string | { has(character: string): boolean };

/**
 * Whether `text` as a whole matches `pattern`: `*` is any run of characters (none, and `/`, included), `?` is one
 * character, everything else stands for itself. Characters are code points; case matters. Takes at most
 * |pattern| x |text| steps whatever the pattern, so patterns may come from anywhere.
 */
export function matches(pattern: string, text: string): boolean {
  return matchesParts(Array.from(pattern), Array.from(text));
}

/** The same, of a pattern's parts and a text's characters. */
export function matchesParts(wanted: readonly PatternPart[], given: readonly string[]): boolean {
  let p = 0;
  let t = 0;
  // Where to go on from when what follows the last `*` does not fit: the star takes one character more.
  let star = -1;
  let taken = 0;
  while (t < given.length) {
    const part = wanted[p];
    if (part === "*") {
      star = p++;
      taken = t;
    } else if (part !== undefined && fits(part, given[t] ?? "")) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (wanted[p] === "*") p++;
  return p === wanted.length;
}

function fits(part: PatternPart, character: string): boolean {
  return typeof part === "string" ? part === "?" || part === character : part.has(character);
}
