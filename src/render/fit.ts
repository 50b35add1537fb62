/** How much a text is: characters, or bytes. */
export type Measure = (text: string) => number;

/** A part of a report that is shown whole, in its shorter form, or not at all. */
export interface Block {
  readonly text: string;
  /** Lower ones are kept first, 0 whatever comes; within a rank the shorter ones. */
  readonly rank: number;
  /** What it is counted as where it is left out: `the details of 1 job`. */
  readonly one: string;
  /** After a number; for kinds of which there may be several. */
  readonly many?: string;
  /** The largest form of at most so much; undefined where there is none. */
  readonly shrink?: (most: number, measure: Measure) => string | undefined;
}

/** The sentence that tells what was left out is planned for as if all were; this is for counts that differ in length. */
const NOTE_SPARE = 60;

/**
 * Puts blocks together, an empty line between them, in at most `limit`: what does not fit is left out block by block and
 * counted at the end, with `way` saying where all of it is. Blocks stay whole as long as the limit holds the first one
 * and that sentence.
 */
export function fitBlocks(blocks: readonly Block[], limit: number, measure: Measure, way: string): string {
  const whole = join(blocks.map(({ text }) => text));
  if (measure(whole) <= limit) return whole;
  const kept = keep(blocks, limit - measure(noteOf(blocks, way)) - NOTE_SPARE, measure);
  const left = blocks.filter((block) => kept.get(block) !== block.text);
  const text = join([...blocks.flatMap((block) => kept.get(block) ?? []), noteOf(left, way)]);
  return measure(text) <= limit ? text : cutEnd(text, limit, measure);
}

function keep(blocks: readonly Block[], room: number, measure: Measure): ReadonlyMap<Block, string> {
  const sized = blocks.map((block) => ({ block, size: measure(block.text) + 2 }));
  sized.sort((a, b) => a.block.rank - b.block.rank || a.size - b.size);
  const kept = new Map<Block, string>();
  let used = 0;
  for (const { block, size } of sized) {
    const fits = block.rank === 0 || used + size <= room;
    const text = fits ? block.text : block.shrink?.(room - used - 2, measure);
    if (text === undefined) continue;
    kept.set(block, text);
    used += measure(text) + 2;
  }
  return kept;
}

function noteOf(left: readonly Block[], way: string): string {
  const counts = new Map<string, { readonly block: Block; readonly n: number }>();
  for (const block of left) counts.set(block.one, { block, n: (counts.get(block.one)?.n ?? 0) + 1 });
  const told = [...counts.values()].map(({ block, n }) => (n === 1 ? block.one : `${n} ${block.many ?? block.one}`));
  return `_Left out for length: ${told.join(", ")}.${way === "" ? "" : ` ${way}`}_`;
}

function join(texts: readonly string[]): string {
  return `${texts.join("\n\n")}\n`;
}

/** For limits that hold nothing sensible: the beginning, never half a character. */
function cutEnd(text: string, limit: number, measure: Measure): string {
  let end = Math.max(0, Math.min(text.length, limit));
  while (end > 0 && measure(text.slice(0, end)) > limit) end--;
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
}
