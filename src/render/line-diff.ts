/** A line that stays, goes or comes. */
export interface DiffLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** Above so many cells the table of common lines costs more than it tells. */
const MOST_CELLS = 1_000_000;

/**
 * The lines that two texts differ in, removed ones before added ones, all common lines kept. Finds the longest common
 * subsequence; where the differing middle is too large for that (more than a million pairs) all of it counts as changed.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return [
    ...marked(" ", before.slice(0, head)),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...marked(" ", before.slice(before.length - tail)),
  ];
}

function marked(mark: DiffLine["mark"], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ mark, text }));
}

function diffMiddle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  if (a.length * b.length > MOST_CELLS) return [...marked("-", a), ...marked("+", b)];
  const common = commonLengths(a, b);
  const columns = b.length + 1;
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] ?? "", b[j] ?? ""];
    if (left === right) {
      lines.push({ mark: " ", text: left });
      i++;
      j++;
    } else if ((common[(i + 1) * columns + j] ?? 0) >= (common[i * columns + j + 1] ?? 0)) {
      lines.push({ mark: "-", text: left });
      i++;
    } else {
      lines.push({ mark: "+", text: right });
      j++;
    }
  }
  return [...lines, ...marked("-", a.slice(i)), ...marked("+", b.slice(j))];
}

/** At row i, column j: the length of the longest common subsequence of `a` from i on and `b` from j on. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const columns = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * columns);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const below = lengths[(i + 1) * columns + j] ?? 0;
      const beside = lengths[i * columns + j + 1] ?? 0;
      lengths[i * columns + j] =
        a[i] === b[j] ? (lengths[(i + 1) * columns + j + 1] ?? 0) + 1 : Math.max(below, beside);
    }
  }
  return lengths;
}

/**
 * A diff with only so many common lines around each change; `gap` lines tell how many are left out. A single line is
 * never left out, since its gap would take as much room.
 */
export function withContext(
  lines: readonly DiffLine[],
  context: number,
  gap: (n: number) => string,
): readonly DiffLine[] {
  const near = new Uint8Array(lines.length);
  for (const [at, line] of lines.entries()) {
    if (line.mark !== " ") near.fill(1, Math.max(0, at - context), at + context + 1);
  }
  const kept: DiffLine[] = [];
  let skipped: DiffLine[] = [];
  const close = (): void => {
    if (skipped.length > 1) kept.push({ mark: " ", text: gap(skipped.length) });
    else kept.push(...skipped);
    skipped = [];
  };
  for (const [at, line] of lines.entries()) {
    if (near[at] === 0) skipped.push(line);
    else {
      close();
      kept.push(line);
    }
  }
  close();
  return kept;
}
