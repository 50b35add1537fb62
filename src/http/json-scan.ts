import { formatPointer } from "../document/pointer.ts";

/** Nesting past this is not carried through; what lies deeper is dropped and its place named. */
export const DEEPEST = 500;

/** Places named in one item of a list (`/items/7` and below it); past that, the item itself is named. */
const MOST_IN_ITEM = 10;
const LONGEST_IN_ITEM = 4096;

/** All places named together may be so many times as long as the text; past that, the whole document is named. */
const LONGEST_IN_ALL = 10;

/** What a scan of a JSON text found. */
export interface ScanResult {
  /**
   * JSON Pointers at what `JSON.parse` does not keep: numbers with more digits than a double holds, lone surrogates, bytes
   * that are not UTF-8, keys that stand twice, nesting past {@link DEEPEST}. In order of appearance. Where there is a lot of
   * it, the pointer of what it stands in stands for all: a text of any kind makes only so many, and so long, pointers.
   */
  readonly inexact: readonly string[];
  readonly tooDeep: boolean;
}

interface Frame {
  readonly kind: "object" | "list";
  readonly keys: Set<string>;
  key: string;
  index: number;
  expectsKey: boolean;
}

/** How a string token (with its quotes) reads, and whether it lost something on the way. */
export type ReadToken = (token: string) => { readonly text: string; readonly broken: boolean };

/**
 * Finds what `JSON.parse` silently changes in a text that it accepts. `JSON.parse` gives no access to the source of a
 * value in Node 20, hence a scan of the text itself. Never recurses. The text must be valid JSON.
 */
export function scanJson(text: string, readToken: ReadToken = readPlain): ScanResult {
  const scan = new Scan(text, readToken);
  scan.run();
  return { inexact: [...scan.found], tooDeep: scan.tooDeep };
}

class Scan {
  readonly found = new Set<string>();
  tooDeep = false;
  private readonly stack: Frame[] = [];
  /** Levels past the deepest that are open; nothing is looked at there. */
  private deeper = 0;
  /** What may still be noted of the item that is being read, and in all. */
  private places = MOST_IN_ITEM;
  private room = LONGEST_IN_ITEM;
  private roomInAll: number;
  private readonly text: string;
  private readonly readToken: ReadToken;

  constructor(text: string, readToken: ReadToken) {
    this.text = text;
    this.readToken = readToken;
    this.roomInAll = text.length * LONGEST_IN_ALL + LONGEST_IN_ITEM;
  }

  run(): void {
    for (let at = 0; at < this.text.length; ) at = this.step(at);
  }

  private step(at: number): number {
    const char = this.text[at];
    const top = this.stack.at(-1);
    if (char === "{" || char === "[") return this.open(char === "{" ? "object" : "list", at);
    if (char === "}" || char === "]") this.close();
    else if (char === '"') return this.string(at, top);
    else if (char === "," && top !== undefined && this.deeper === 0) {
      top.index += 1;
      top.expectsKey = top.kind === "object";
      if (this.stack.length <= 2) this.nextItem();
    } else if (char !== undefined && /[-0-9]/.test(char)) return this.number(at);
    return at + 1;
  }

  private open(kind: Frame["kind"], at: number): number {
    if (this.stack.length === DEEPEST) {
      if (this.deeper++ === 0) this.note();
      this.tooDeep = true;
      return at + 1;
    }
    if (this.stack.length < 2) this.nextItem();
    this.stack.push({ kind, keys: new Set(), key: "", index: 0, expectsKey: kind === "object" });
    return at + 1;
  }

  private close(): void {
    if (this.deeper > 0) this.deeper--;
    else this.stack.pop();
  }

  private string(at: number, top: Frame | undefined): number {
    const end = endOfString(this.text, at);
    if (this.deeper > 0) return end;
    const isKey = top?.expectsKey === true;
    const { text, broken } = this.readToken(this.text.slice(at, end));
    if (isKey) {
      top.key = text;
      top.expectsKey = false;
      if (top.keys.has(text)) this.note();
      top.keys.add(text);
    }
    if (broken) this.note();
    return end;
  }

  private number(at: number): number {
    NUMBER.lastIndex = at;
    const token = NUMBER.exec(this.text)?.[0] ?? "0";
    if (this.deeper === 0 && !survives(token)) this.note();
    return at + token.length;
  }

  private nextItem(): void {
    this.places = MOST_IN_ITEM;
    this.room = LONGEST_IN_ITEM;
  }

  private note(): void {
    if (this.places === 0 || this.roomInAll < 0) return;
    const whole = this.pointer(this.stack.length);
    this.places = whole.length > this.room ? 0 : this.places - 1;
    this.room -= whole.length;
    const pointer = this.places === 0 ? this.pointer(2) : whole;
    this.roomInAll -= pointer.length;
    this.found.add(this.roomInAll < 0 ? "" : pointer);
  }

  private pointer(levels: number): string {
    const frames = this.stack.slice(0, levels);
    return formatPointer(frames.map((frame) => (frame.kind === "list" ? String(frame.index) : frame.key)));
  }
}

const NUMBER = /-?\d+(\.\d+)?([eE][-+]?\d+)?/y;

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function readPlain(token: string): { readonly text: string; readonly broken: boolean } {
  if (!token.includes("\\")) return { text: token.slice(1, -1), broken: false };
  const text = JSON.parse(token) as string;
  return { text, broken: /\p{Surrogate}/u.test(text) };
}

/** Whether a JSON number is the same number after `JSON.parse` and `JSON.stringify`. -0 counts as 0. */
export function survives(token: string): boolean {
  if (token.length <= 15 && /^-?\d+$/.test(token)) return true;
  const value = Number(token);
  return Number.isFinite(value) && canonical(token) === canonical(String(value));
}

/** Digits without zeros around them, and the power of ten of the last one. */
function canonical(token: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
