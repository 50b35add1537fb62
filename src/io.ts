import { writeSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import type { SecretTable } from "./model/document.ts";
import type { Clock } from "./model/runtime.ts";
import { createRedactor, type Redactor } from "./render/redact.ts";
import { breakCommands } from "./render/safe.ts";
import { PAINT_FORMATS, type Paint, type RenderStyle } from "./render/style.ts";

/** The process's own clock. */
export const systemClock: Clock = {
  wall: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((done, abort) => {
      if (signal?.aborted) return abort(signal.reason);
      const timer = setTimeout(finish, Math.min(ms, 2 ** 31 - 1));
      const stop = (): void => {
        clearTimeout(timer);
        abort(signal?.reason);
      };
      function finish(): void {
        signal?.removeEventListener("abort", stop);
        done();
      }
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** The two output streams, behind one redactor. Losing one stops nothing; it is remembered. */
export interface Output {
  /** Writes to stdout what holds no secrets any more; false where it could not be written whole. */
  readonly result: (text: string) => Promise<boolean>;
  /** The same for the last moment: what has no room at once, or soon, is lost. */
  readonly resultNow: (text: string) => void;
  /** One line to stderr. */
  readonly log: (line: string) => void;
  /**
   * Shows these lines below everything that is on stderr, in place of those of the last call, until the next one; none
   * clears them. For terminals.
   */
  readonly draw: (lines: readonly string[]) => void;
  readonly guard: (secrets: SecretTable) => void;
  readonly redactor: Redactor;
}

/** Opens stdout and stderr. In a GitHub log, lines that the runner would take for commands are broken. */
export function openOutput(inGithubLog: boolean): Output {
  const tables: SecretTable[] = [];
  const redactor = createRedactor(() => tables.flatMap((table) => [...table.values()]));
  const toStderr = writerTo(2);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let drawn: readonly string[] = [];
  const draw = (lines: readonly string[]): void => {
    const safe = lines.map((line) => redactor.text(line));
    if (drawn.length > 0 || safe.length > 0) toStderr(`${erasing(drawn)}${drawing(safe)}`);
    drawn = safe;
  };
  return {
    draw,
    redactor,
    guard: (secrets) => {
      tables.push(secrets);
    },
    log: (line) => {
      const safe = redactor.text(inGithubLog ? breakCommands(line) : line);
      toStderr(`${erasing(drawn)}${safe}\n${drawing(drawn)}`);
    },
    resultNow: writerTo(1),
    result: (text) =>
      new Promise((done) => {
        draw([]);
        process.stdout.write(text, (error) => done(error === null || error === undefined));
      }),
  };
}

/** For how long in a row a reader that takes nothing holds the work up. */
const PATIENCE_MS = 2_000;

/**
 * Writes at once. A pipe that is full is waited for; where its reader takes nothing for too long, or is gone, lines are
 * lost and the work goes on.
 */
function writerTo(descriptor: number): (text: string) => void {
  let patience = PATIENCE_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  return (text) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(descriptor, bytes, at);
        patience = PATIENCE_MS;
      } catch (error) {
        const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
        if (!isFull || patience <= 0) return;
        patience -= 10;
        Atomics.wait(pause, 0, 0, 10);
      }
    }
  };
}

const ESC = "\u001b[";

/** The cursor rests where the drawn lines begin, so that however a terminal was resized, what is to go is behind it. */
function erasing(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\r${ESC}J`;
}

/** Lines that do not wrap, and back to where they begin. The cursor is never hidden: nothing has to bring it back. */
function drawing(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const back = lines.length === 1 ? "" : `${ESC}${lines.length - 1}A`;
  return `${ESC}?7l${lines.join("\n")}${ESC}?7h${back}\r`;
}

/** Whether stderr is a terminal that somebody watches, and on which lines can be drawn anew. */
export function canDraw(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  const onRunner = !["", "0", "false"].includes((env["CI"] ?? "").toLowerCase());
  return stream.isTTY === true && env["TERM"] !== "dumb" && !onRunner;
}

/** How a stream looks: its width, its characters, its colours. */
export function styleOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv, noColor: boolean): RenderStyle {
  const dumb = env["TERM"] === "dumb";
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  const unicode = !dumb && (process.platform === "win32" || locale === "" || /utf-?8/i.test(locale));
  const columns = Number(env["COLUMNS"]) || stream.columns || 100;
  // Node.js lets FORCE_COLOR win over NO_COLOR, and says so on stderr.
  const plain = noColor || dumb || (env["NO_COLOR"] ?? "") !== "";
  return {
    width: columns,
    unicode,
    terminal: stream.isTTY === true,
    paint: (paint, text) => (plain ? text : painted(paint, text, stream)),
  };
}

/** One format at a time: given a list, Node.js 20 does not look at what the stream can show. */
function painted(paint: Paint, text: string, stream: NodeJS.WriteStream): string {
  const formats = PAINT_FORMATS[paint];
  const list = typeof formats === "string" ? [formats] : formats;
  return list.reduce((inner, format) => styleText(format, inner, { stream }), text);
}

/**
 * Asks on the terminal, or undefined where stdin or stderr is none. The end of the input (Ctrl-D) is an empty answer;
 * a stop rejects with its reason.
 */
export function asker(signal: AbortSignal): ((question: string) => Promise<string>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // While a line is edited, the terminal sends Ctrl-C as a key and not as a signal.
    terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    try {
      return await terminal.question(question, { signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof Error && error.name === "AbortError") return "";
      throw error;
    } finally {
      terminal.close();
    }
  };
}
