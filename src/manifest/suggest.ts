import { distance } from "fastest-levenshtein";

/** The known word that `word` was probably meant to be, or undefined. Case differences alone always count as meant. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  const most = Math.max(2, Math.floor(word.length / 3));
  const written = fold(word);
  let best: string | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const other = fold(candidate);
    const edits = distance(written, other);
    // A word of two letters is two edits away from every other one.
    if (edits > most || edits >= Math.max(word.length, candidate.length) - 1) continue;
    // Of two that are as far away, the one that begins alike is meant, and before it the one with letters swapped.
    const rank = edits + (written[0] === other[0] ? 0 : 0.5) - (lettersOf(written) === lettersOf(other) ? 0.75 : 0);
    if (rank >= bestRank) continue;
    best = candidate;
    bestRank = rank;
  }
  return best;
}

/** `Did you mean "x"?`, or what to say where nothing is close. */
export function didYouMean(word: string, known: Iterable<string>, otherwise = ""): string {
  const found = closest(word, known);
  return found === undefined ? otherwise : `Did you mean ${JSON.stringify(found)}?`;
}

/** The address that was probably meant: also where only a job's name was written, without its target. */
export function closestAddress(written: string, addresses: Iterable<string>): string | undefined {
  const known = [...addresses];
  const bare = written.includes("/") ? undefined : known.filter((address) => address.endsWith(`/${written}`));
  return bare?.[0] ?? closest(written, known);
}

function lettersOf(word: string): string {
  return [...word].sort().join("");
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll("_", "").replaceAll("-", "");
}
