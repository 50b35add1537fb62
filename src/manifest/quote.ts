const LONGEST = 80;

/** A name or value of the user's in quotes, for a message: one line, control characters escaped, cut where long. */
export function quote(text: string): string {
  const short = text.length > LONGEST ? `${Array.from(text).slice(0, LONGEST).join("")}…` : text;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** `"a", "b" or "c"`. */
export function quoteChoice(words: readonly string[]): string {
  const quoted = words.map(quote);
  const last = quoted.pop();
  return quoted.length === 0 ? (last ?? "") : `${quoted.join(", ")} or ${last}`;
}
