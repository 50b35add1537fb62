import type { Json, JsonObject } from "../model/json.ts";
import { BlaxelTable } from "./blaxel-table.ts";
import { NimbleTable } from "./nimble-table.ts";
import type { SandboxSeed } from "./options.ts";
import type { RowChange } from "./rows.ts";

/** A job that was made, changed or deleted. */
export interface Mutation {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly platform: "nimble" | "blaxel";
  /** Nimble: the account; Blaxel: the workspace. */
  readonly scope: string;
  /** Nimble: `job_7`; Blaxel: the name. */
  readonly id: string;
  readonly kind: "create" | "update" | "delete";
  /** `api`: a request did it; `hand`: the sandbox's own interfaces did; `platform`: a deleted job went for good. */
  readonly by: "api" | "hand" | "platform";
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** What {@link SandboxData.snapshot} answers and a sandbox file holds. */
export interface Snapshot extends Required<SandboxSeed> {
  readonly formatVersion: 1;
  /** What the next made-up ids count from. */
  readonly counters: { readonly job: number; readonly run: number; readonly serial: number };
}

/** How many mutations can be looked behind. */
const HISTORY = 1_000;

/**
 * All jobs of the sandbox, for tests to read and edit directly. What is read are immutable values; every write is
 * told to the listeners. Times strictly grow, also where the clock stands still.
 */
export class SandboxData {
  readonly nimble: NimbleTable;
  readonly blaxel: BlaxelTable;
  readonly #now: () => Date;
  readonly #listeners = new Set<(mutation: Mutation) => void>();
  #history: RowChange[] = [];
  #seq = 0;
  #lastStamp = 0;

  constructor(now: () => Date) {
    this.#now = now;
    const context = {
      now,
      stamp: () => this.#stamp(),
      changed: (change: RowChange) => this.#changed(change),
    };
    this.nimble = new NimbleTable(context);
    this.blaxel = new BlaxelTable(context);
  }

  /** Calls back after each mutation, in order; answers a function that ends it. */
  onMutation(listener: (mutation: Mutation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many mutations there were. */
  get mutations(): number {
    return this.#seq;
  }

  /** Adds jobs, or replaces those of the same id. */
  add(seed: SandboxSeed): void {
    for (const { account, job } of seed.nimble ?? []) this.nimble.put(job, account);
    for (const { workspace, job, revisions } of seed.blaxel ?? []) this.blaxel.put(job, workspace, revisions);
  }

  /** Everything as plain data. */
  snapshot(): Snapshot {
    return {
      formatVersion: 1,
      counters: { job: this.nimble.nextJob, run: this.nimble.nextRun, serial: this.blaxel.serial },
      nimble: this.nimble.seeds(),
      blaxel: this.blaxel.seeds(),
    };
  }

  /** Forgets everything and takes a snapshot in. Listeners hear nothing of it. */
  restore(snapshot: Snapshot): void {
    this.nimble.clear();
    this.blaxel.clear();
    this.#history = [];
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.add(snapshot);
    for (const listener of listeners) this.#listeners.add(listener);
    this.nimble.resume(snapshot.counters.job, snapshot.counters.run);
    this.blaxel.resume(snapshot.counters.serial);
  }

  /** A copy as it was `mutations` mutations ago; writes to it are lost. */
  asOf(mutations: number): SandboxData {
    const past = new SandboxData(this.#now);
    past.nimble.copyFrom(this.nimble);
    past.blaxel.copyFrom(this.blaxel);
    for (const change of this.#history.slice(-mutations).reverse()) {
      (change.platform === "nimble" ? past.nimble : past.blaxel).undo(change);
    }
    return past;
  }

  #stamp(): string {
    this.#lastStamp = Math.max(this.#now().getTime(), this.#lastStamp + 1);
    return new Date(this.#lastStamp).toISOString();
  }

  #changed(change: RowChange): void {
    this.#seq += 1;
    this.#history.push(change);
    if (this.#history.length > 2 * HISTORY) this.#history = this.#history.slice(-HISTORY);
    const { platform, scope, id, by, before, after } = change;
    const kind = after === undefined ? "delete" : before === undefined ? "create" : "update";
    const mutation: Mutation = {
      ...{ seq: this.#seq, platform, scope, id, kind, by },
      ...(before === undefined ? {} : { before: before.job }),
      ...(after === undefined ? {} : { after: after.job }),
    };
    for (const listener of this.#listeners) listener(mutation);
  }
}

/** Whether a value read from outside is a {@link Snapshot}; else what is wrong with it. */
export function snapshotProblem(value: Json): string | undefined {
  if (typeof value !== "object" || value === null || !("formatVersion" in value)) return "it is not a sandbox file";
  if (value["formatVersion"] !== 1) return `its formatVersion is ${JSON.stringify(value["formatVersion"])}, not 1`;
  const counters = value["counters"];
  const counts = ["job", "run", "serial"];
  if (!isRecord(counters) || counts.some((key) => !Number.isSafeInteger(counters[key]))) return "it has no counters";
  for (const key of ["nimble", "blaxel"]) {
    const rows: Json | undefined = value[key];
    if (!Array.isArray(rows)) return `"${key}" is not a list`;
    const wrong = rows.findIndex((row: Json) => !isRecord(row) || !isRecord(row["job"]));
    if (wrong >= 0) return `"${key}" item ${wrong} holds no job`;
  }
  return undefined;
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
