import type { Json } from "../model/json.ts";

/** A request as it came, and how it was answered. */
export interface LogEntry {
  /** From 1, in the order of arrival. */
  readonly seq: number;
  readonly method: string;
  /** With its query, as sent. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else text; absent where there is none. */
  readonly body?: Json;
  /** 0: no answer (yet). */
  readonly status: number;
  /** The name of the fault that was put in its way. */
  readonly fault?: string;
}

/** An entry while its request is under way. */
export interface OpenEntry {
  readonly entry: LogEntry;
  /** Notes the answer. */
  close(status: number, fault: string | undefined): void;
}

const DEFAULT_LIMIT = 50_000;

/** All requests to the platforms' routes, in order of arrival; the oldest go when there are too many. */
export class RequestLog {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #seq = 0;
  #inFlight = 0;
  #maxInFlight = 0;

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** Everything, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** The most requests that were under way at once. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** What was to change jobs: all but reads and the token endpoint, refused and cut ones included. */
  writes(): readonly LogEntry[] {
    const reads = new Set(["GET", "HEAD", "OPTIONS"]);
    return this.#entries.filter((entry) => !reads.has(entry.method) && !entry.path.endsWith("/oauth/token"));
  }

  /** Reads of jobs. */
  reads(): readonly LogEntry[] {
    return this.#entries.filter((entry) => entry.method === "GET");
  }

  /** Forgets all entries; numbers go on. */
  clear(): void {
    this.#entries = [];
    this.#maxInFlight = this.#inFlight;
  }

  /** Notes a request that came. */
  open(request: Omit<LogEntry, "seq" | "status" | "fault" | "body"> & { readonly text: string }): OpenEntry {
    const { text, ...rest } = request;
    this.#seq += 1;
    const entry: LogEntry = { seq: this.#seq, ...rest, ...(text === "" ? {} : { body: parsed(text) }), status: 0 };
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) this.#entries = this.#entries.slice(-Math.ceil(this.#limit / 2));
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    return { entry, close: (status, fault) => this.#close(entry.seq, status, fault) };
  }

  #close(seq: number, status: number, fault: string | undefined): void {
    this.#inFlight -= 1;
    const index = this.#entries.length - 1 - (this.#seq - seq);
    const entry = this.#entries[index];
    if (entry?.seq !== seq) return;
    this.#entries[index] = { ...entry, status, ...(fault === undefined ? {} : { fault }) };
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
