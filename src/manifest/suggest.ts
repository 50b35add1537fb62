import { distance } from "fastest-levenshtein";

/** The known word that `word` was probably meant to be, or undefined. Case differences alone always count as meant. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const away = distance(fold(word), fold(candidate));
    // A word of two letters is two edits away from every other one.
    if (away < bestDistance && away < Math.max(word.length, candidate.length) - 1) {
      best = candidate;
      bestDistance = away;
    }
  }
  return best;
}

/** `Did you mean "x"?`, or what to say where nothing is close. */
export function didYouMean(word: string, known: Iterable<string>, otherwise = ""): string {
  const found = closest(word, known);
  return found === undefined ? otherwise : `Did you mean ${JSON.stringify(found)}?`;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll("_", "").replaceAll("-", "");
}
