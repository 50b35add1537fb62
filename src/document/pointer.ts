/** JSON Pointers (RFC 6901) as token lists and back. */

/** The tokens of a pointer; `""` is the whole document. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") return [];
  const tokens = pointer.slice(1).split("/");
  return pointer.includes("~") ? tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")) : tokens;
}

/** The pointer of a list of tokens. */
export function formatPointer(tokens: readonly string[]): string {
  let pointer = "";
  for (const token of tokens) pointer += `/${escapeToken(token)}`;
  return pointer;
}

/** `pointer` with one more token. */
export function childPointer(pointer: string, token: string): string {
  return `${pointer}/${escapeToken(token)}`;
}

/** Nearly no key has anything to escape. */
function escapeToken(token: string): string {
  return /[~/]/.test(token) ? token.replaceAll("~", "~0").replaceAll("/", "~1") : token;
}

/** Orders pointers by code units, runs of digits by their number: `cron[2]` comes before `cron[10]`. */
export function comparePointers(a: string, b: string): number {
  const left = a.split(/(\d+)/);
  const right = b.split(/(\d+)/);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x = "", y = ""] = [left[i], right[i]];
    if (x === y) continue;
    const difference = i % 2 === 1 ? Number(x) - Number(y) : 0;
    if (difference !== 0) return difference;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
