import type { Json } from "../model/json.ts";
import type { LogEntry } from "./log.ts";

/**
 * What goes wrong with a request. All but `rewrite` are plain JSON, for the admin route.
 *
 * - `cutBefore`: the connection is closed without handling the request; `cutAfter`: after handling it.
 *   `resetBefore`, `resetAfter`: the same, but reset (RST) in place of closed.
 * - `lateCommit`: closed, and handled `ms` later (never by itself where `ms` is absent: {@link Faults.settle}).
 * - `hang`: no answer until the client goes away; `{hang: {commit: true}}` after handling it.
 * - `truncateBody`: handled; half of the body comes, then the connection is closed. With `honestLength` the headers
 *   promise only that half, and the connection stays.
 * - `dripBody`: handled; the body comes in pieces of `bytes`, one each `everyMs`.
 * - `html`: a page instead of the API, with status 200 or the given one; not handled.
 * - `wrongJob`: handled; the answer is about another job.
 * - `hugeBody`: not handled; an endless-looking JSON body of that many bytes.
 * - `gzip`: handled; the body is compressed although nobody asked.
 * - `staleRead`: answered as it was some mutations (default 1) ago; only for reads.
 * - `rateLimited`: 429; `retryAfter` is sent as it is, in header and body; null sends neither.
 * - `status`: that answer; the request is handled before where `commit` is set. `{{authorization}}` in a text body or
 *   header becomes what the client sent.
 * - `replace`: handled; every `from` in the text of the answer's body becomes `to`. `rewrite`: the same, by a function.
 */
export type Fault =
  | "cutBefore"
  | "cutAfter"
  | "resetBefore"
  | "resetAfter"
  | "hang"
  | "truncateBody"
  | "dripBody"
  | "html"
  | "wrongJob"
  | "gzip"
  | "staleRead"
  | StatusFault
  | { readonly lateCommit: { readonly ms?: number } }
  | { readonly hang: { readonly commit?: boolean } }
  | { readonly truncateBody: { readonly honestLength?: boolean } }
  | { readonly dripBody: { readonly bytes?: number; readonly everyMs?: number } }
  | { readonly html: { readonly status?: number; readonly body?: string } }
  | { readonly redirect: { readonly location: string; readonly status?: number } }
  | { readonly delayMs: number }
  | { readonly hugeBody: { readonly bytes: number } }
  | { readonly rateLimited: { readonly retryAfter?: string | number | null } }
  | { readonly staleRead: { readonly mutations?: number } }
  | { readonly replace: { readonly from: string; readonly to: string } }
  | { readonly rewrite: (body: string) => string };

/** An answer in place of the platform's. A text body is sent as it is, anything else as JSON. */
export interface StatusFault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** In place of `body`: bytes. */
  readonly base64?: string;
  readonly commit?: boolean;
}

/** When something goes wrong. A request meets the first rule that fits and is not used up. */
export interface FaultRule {
  /** Default: every one. */
  readonly method?: string | readonly string[];
  /** How path and query begin, or a pattern for them. Default: everything. */
  readonly path?: string | RegExp | { readonly regex: string };
  /** Lets this many fitting requests pass first. */
  readonly after?: number;
  /** Then does it that many times; default: always. */
  readonly times?: number;
  /** Absent: nothing goes wrong (for rules that only have `before` or let requests pass). */
  readonly fault?: Fault;
  /** In-process only: is called, and awaited, before the request is handled; to edit jobs in between. */
  readonly before?: (entry: LogEntry) => void | Promise<void>;
  /** In-process only: the same after it was handled, before the answer goes out. */
  readonly afterwards?: (entry: LogEntry) => void | Promise<void>;
}

/** A rule at work. */
export interface FaultHandle {
  /** How many requests met it, those let pass not counted. */
  readonly hits: number;
  remove(): void;
}

class ActiveRule implements FaultHandle {
  readonly rule: FaultRule;
  readonly #remove: (rule: ActiveRule) => void;
  #passed = 0;
  #hits = 0;

  constructor(rule: FaultRule, remove: (rule: ActiveRule) => void) {
    this.rule = rule;
    this.#remove = remove;
  }

  get hits(): number {
    return this.#hits;
  }

  remove(): void {
    this.#remove(this);
  }

  take(entry: LogEntry): boolean {
    if (!fits(this.rule, entry)) return false;
    if (this.#passed < (this.rule.after ?? 0)) {
      this.#passed += 1;
      return false;
    }
    if (this.#hits >= (this.rule.times ?? Number.POSITIVE_INFINITY)) return false;
    this.#hits += 1;
    return true;
  }
}

/** The rules of a sandbox, and the commits that are still to come. */
export class Faults {
  #rules: ActiveRule[] = [];
  readonly #late = new Map<() => Promise<void>, NodeJS.Timeout | undefined>();

  /** Adds a rule behind the others. */
  add(rule: FaultRule): FaultHandle {
    const active = new ActiveRule(rule, (gone) => {
      this.#rules = this.#rules.filter((other) => other !== gone);
    });
    this.#rules.push(active);
    return active;
  }

  /** Replaces all rules. */
  set(rules: readonly FaultRule[]): readonly FaultHandle[] {
    this.clear();
    return rules.map((rule) => this.add(rule));
  }

  /** Takes all rules away; late commits still come. */
  clear(): void {
    this.#rules = [];
  }

  /** The rules that are at work, for people. */
  get rules(): readonly FaultRule[] {
    return this.#rules.map((active) => active.rule);
  }

  /** How many late commits are still to come. */
  get pending(): number {
    return this.#late.size;
  }

  /** Makes all late commits happen now, in order. */
  async settle(): Promise<void> {
    for (const commit of [...this.#late.keys()]) await this.#run(commit);
  }

  /** Forgets late commits: they never happen. */
  drop(): void {
    for (const timer of this.#late.values()) clearTimeout(timer);
    this.#late.clear();
  }

  /** The rule that a request meets. Every rule before it counts the request. */
  match(entry: LogEntry): FaultRule | undefined {
    return this.#rules.find((active) => active.take(entry))?.rule;
  }

  /** Handles something later; `ms` absent: only {@link Faults.settle} does. */
  later(commit: () => Promise<void>, ms: number | undefined): void {
    const timer = ms === undefined ? undefined : setTimeout(() => void this.#run(commit), ms);
    timer?.unref();
    this.#late.set(commit, timer);
  }

  async #run(commit: () => Promise<void>): Promise<void> {
    if (!this.#late.has(commit)) return;
    clearTimeout(this.#late.get(commit));
    this.#late.delete(commit);
    await commit();
  }
}

/** The name of a fault, for the log. */
export function faultName(fault: Fault): string {
  if (typeof fault === "string") return fault;
  return "status" in fault ? "status" : (Object.keys(fault)[0] ?? "");
}

function fits({ method, path }: FaultRule, entry: LogEntry): boolean {
  const methods = method === undefined ? undefined : [method].flat();
  if (methods && !methods.some((one) => one.toUpperCase() === entry.method)) return false;
  if (path === undefined) return true;
  if (typeof path === "string") return entry.path.startsWith(path);
  return new RegExp(path instanceof RegExp ? path : path.regex).test(entry.path);
}
