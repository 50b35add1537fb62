import { crc32 } from "node:zlib";
import type { Entry } from "./changes.ts";

/** A journal's first line: the state that the entries after it continue. */
export interface JournalHeader {
  readonly v: 1;
  readonly kind: "header";
  readonly lineage: string;
  readonly environment: string;
  /** Of the state that it continues. */
  readonly serial: number;
  /** The first entry has this plus one. */
  readonly lastSeq: number;
  readonly run: string;
  /** The lock's, a fencing token. */
  readonly generation: number;
  /** RFC 3339. */
  readonly at: string;
}

/** A journal's other lines. `seq` has no gaps. */
export type JournalRecord = Entry & {
  readonly v: 1;
  readonly lineage: string;
  readonly run: string;
  readonly generation: number;
  readonly seq: number;
};

/** What a journal holds. */
export interface ParsedJournal {
  readonly header: JournalHeader;
  readonly records: readonly JournalRecord[];
  /** What a crash left of the last line, if it did. */
  readonly torn: { readonly line: number; readonly bytes: Uint8Array } | undefined;
}

/** A journal that cannot be used. */
export class JournalProblem extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** A line with its checksum and newline. */
export function encodeLine(line: JournalHeader | JournalRecord): string {
  const body = JSON.stringify(line).slice(0, -1);
  return `${body},"crc":"${checksum(body)}"}\n`;
}

/**
 * Reads a journal: a header, then records without gap. What stands after the last newline, or a last line whose
 * checksum is wrong, is a torn tail. Throws a {@link JournalProblem} for everything else.
 */
export function parseJournal(bytes: Uint8Array): ParsedJournal {
  const lines = linesOf(bytes);
  const first = lines.next().value ?? undefined;
  const header = headerOf(first);
  const records: JournalRecord[] = [];
  for (const line of lines) {
    const parsed = line.whole ? decodeLine(line.bytes) : undefined;
    if (parsed === undefined) {
      if (line.last) return { header, records, torn: { line: line.number, bytes: line.bytes } };
      throw new JournalProblem(line.number, "the line is damaged");
    }
    if (records.length === 0 && line.number === 2 && equalBytes(line.bytes, first?.bytes)) continue;
    records.push(checkRecord(parsed, header, header.lastSeq + records.length + 1, line.number));
  }
  return { header, records, torn: undefined };
}

interface Line {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Whether a newline ends it. */
  readonly whole: boolean;
  readonly last: boolean;
}

/** One by one: a damaged journal may hold millions, and the first bad one ends the reading. */
function* linesOf(bytes: Uint8Array): Generator<Line, undefined> {
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    yield { number, bytes: bytes.subarray(start, end), whole: newline >= 0, last: end + 1 >= bytes.length };
    start = end + 1;
  }
}

function headerOf(first: Line | undefined): JournalHeader {
  if (first === undefined) throw new JournalProblem(1, "it is empty (0 bytes)");
  const parsed = first.whole ? decodeLine(first.bytes) : undefined;
  if (parsed === undefined) throw new JournalProblem(1, "its first line is damaged");
  checkVersion(parsed, 1);
  if (!isHeader(parsed)) throw new JournalProblem(1, "its first line is no header");
  return parsed;
}

/** A line's object, or undefined where it is not what was written. */
function decodeLine(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const match = /^(\{.*),"crc":"([0-9a-f]{8})"\}$/s.exec(text);
    if (match?.[1] === undefined || match[2] !== checksum(match[1])) return undefined;
    const value: unknown = JSON.parse(`${match[1]}}`);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function checkVersion(line: Readonly<Record<string, unknown>>, number: number): void {
  if (line["v"] !== 1) throw new JournalProblem(number, "the line was written by a newer jobwright");
}

function checkRecord(
  line: Readonly<Record<string, unknown>>,
  header: JournalHeader,
  seq: number,
  number: number,
): JournalRecord {
  checkVersion(line, number);
  if (line["lineage"] !== header.lineage) throw new JournalProblem(number, "the line belongs to another state");
  if (line["run"] !== header.run || line["generation"] !== header.generation) {
    throw new JournalProblem(number, "the line was written by another run than the journal's");
  }
  if (line["seq"] !== seq) throw new JournalProblem(number, `entry ${seq} is missing`);
  if (!isRecord(line)) throw new JournalProblem(number, "the line is of a kind that this version does not know");
  return line;
}

function isHeader(line: object): line is JournalHeader {
  if (!("kind" in line) || line.kind !== "header") return false;
  return (
    ["lineage", "environment", "run", "at"].every((key) => typeof own(line, key) === "string") &&
    ["serial", "lastSeq", "generation"].every((key) => Number.isSafeInteger(own(line, key)))
  );
}

function isRecord(line: object): line is JournalRecord {
  const content = { intent: "intent", settle: "settlement", change: "change" } as const;
  const kind = own(line, "kind");
  if (kind !== "intent" && kind !== "settle" && kind !== "change") return false;
  const body = own(line, content[kind]);
  return typeof body === "object" && body !== null;
}

function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Readonly<Record<string, unknown>>)[key] : undefined;
}

function equalBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
