import fc from "fast-check";

/** No sample grows past this, in bytes: what is large is tried by itself (large-texts.ts). */
const LARGEST = 128 * 1024;

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** What goes wrong in files and answers, and what readers stumble over. */
const PIECES: readonly Uint8Array[] = [
  ...["\u0000", "\u001b[31m", "\u0085", "\u2028", "\ufeff", "\u202e", "e\u0301", "\u{1f600}", "\r\n", "\n", "\t", "  "],
  ...["12345678901234567890", "1e999", "-0", "1e-400", "0777", ".inf", "NaN", "null", "true", "-1", "2.5"],
  ...["{}", "[]", '""', "{", "}", "[", "]", '"', "'", ",", ":", ": ", "- ", "? ", "#", "\\", "\\u", "\\ud800"],
  ...['"__proto__"', '"constructor":', "toString: 1\n", '"$secret":', "${env:HOME}", "${var:x}", "$${"],
  ...["---\n", "...\n", "&a ", "*a", "<<: ", "!!binary ", "|\n", ">-\n", "%YAML 1.1\n", "%TAG ! x\n", "@", "`"],
  ...["<<<<<<< HEAD\n", "=======\n", ">>>>>>> x\n", "::error::x\n", "##[error]x", "{{ .Values.x }}"],
  ...["x".repeat(3000), "9".repeat(400), "../".repeat(40), "*a".repeat(40), "\n".repeat(200)],
]
  .map(bytes)
  .concat([
    Uint8Array.of(0xff, 0xfe),
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xc0, 0x80),
    Uint8Array.of(0xf0, 0x9f),
  ]);

const PAIRS = ["[ ]", '{"a": }', "{a: }", "- ", "? ", '"a": { }'].map((pair) => pair.split(" ").map(bytes));

/** A place or a length as a share of what is there. */
const share = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000);

type Mutation = (sample: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const at = (sample: Uint8Array, where: number): number => Math.floor(sample.length * where);
/** The ends of a short stretch: as far as 200 bytes, seldom more. */
const stretch = (sample: Uint8Array, where: number, length: number): readonly [number, number] => {
  const start = at(sample, where);
  return [start, Math.min(sample.length, start + Math.ceil(length ** 4 * 2000))];
};

const MUTATION: fc.Arbitrary<Mutation> = fc.oneof(
  share.map(
    (end): Mutation =>
      (sample) =>
        sample.slice(0, at(sample, end)),
  ),
  share.map(
    (start): Mutation =>
      (sample) =>
        sample.slice(at(sample, start)),
  ),
  fc.tuple(share, fc.nat(7)).map(
    ([where, bit]): Mutation =>
      (sample) => {
        const flipped = Uint8Array.from(sample);
        const place = at(sample, where);
        if (place < flipped.length) flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        return flipped;
      },
  ),
  fc.tuple(share, fc.constantFrom(...PIECES)).map(
    ([where, piece]): Mutation =>
      (sample) =>
        join(sample.slice(0, at(sample, where)), piece, sample.slice(at(sample, where))),
  ),
  fc.tuple(share, share, fc.constantFrom(...PIECES, bytes(""))).map(
    ([where, length, piece]): Mutation =>
      (sample) => {
        const [start, end] = stretch(sample, where, length);
        return join(sample.slice(0, start), piece, sample.slice(end));
      },
  ),
  fc.tuple(share, share, fc.integer({ min: 2, max: 60 })).map(
    ([where, length, times]): Mutation =>
      (sample) => {
        const [start, end] = stretch(sample, where, length);
        return join(
          sample.slice(0, end),
          ...Array<Uint8Array>(times).fill(sample.slice(start, end)),
          sample.slice(end),
        );
      },
  ),
  fc.tuple(share, share, share, share, fc.nat()).map(
    ([where, gap, from, length, other]): Mutation =>
      (sample, others) => {
        const donor = others[other % others.length] ?? sample;
        const [start, end] = stretch(sample, where, gap);
        return join(sample.slice(0, start), donor.slice(...stretch(donor, from, length)), sample.slice(end));
      },
  ),
  fc.tuple(share, share, fc.constantFrom(...PAIRS), fc.constantFrom(3, 150, 300, 6000)).map(
    ([where, length, [open = bytes(""), close = bytes("")], levels]): Mutation =>
      (sample) => {
        const [start, end] = stretch(sample, where, length);
        const many = (part: Uint8Array): Uint8Array => join(...Array<Uint8Array>(levels).fill(part));
        return join(sample.slice(0, start), many(open), sample.slice(start, end), many(close), sample.slice(end));
      },
  ),
);

/**
 * Valid samples, damaged one to four times: cut, a bit turned, odd pieces put in, parts taken out, repeated, mixed with other
 * samples', nested a few times or thousands of times.
 */
export function mutated(samples: readonly (string | Uint8Array)[]): fc.Arbitrary<Uint8Array> {
  const all = samples.map((sample) => (typeof sample === "string" ? bytes(sample) : sample));
  return fc
    .tuple(fc.constantFrom(...all), fc.array(MUTATION, { minLength: 1, maxLength: 4 }))
    .map(([sample, mutations]) =>
      mutations.reduce((damaged, mutate) => mutate(damaged, all).slice(0, LARGEST), sample),
    );
}
