/**
 * Whether `text` as a whole matches `pattern`: `*` is any run of characters (none, and `/`, included), `?` is one
 * character, everything else stands for itself. Characters are code points; case matters. Takes at most
 * |pattern| x |text| steps whatever the pattern, so patterns may come from anywhere.
 */
export function matches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let p = 0;
  let t = 0;
  // Where to go on from when what follows the last `*` does not fit: the star takes one character more.
  let star = -1;
  let taken = 0;
  while (t < given.length) {
    if (wanted[p] === "*") {
      star = p++;
      taken = t;
    } else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === given[t])) {
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
