import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject, mergePatch, textAt } from "./json.ts";
import { DEFAULT_ACCOUNT, type NimbleSeed } from "./options.ts";
import { type Row, type RowChange, rowChange, type TableContext } from "./rows.ts";
import type { Mutation } from "./store.ts";

/** A Nimble job as stored: v1's words, all known fields there. Hand-made further fields are kept and answered. */
export interface NimbleJob extends JsonObject {
  readonly id: string;
  readonly name: string;
}

/** What an edit does: a function of the job, or an RFC 7396 merge patch on it. */
export type Edit<J> = JsonObject | ((job: J) => JsonObject);

interface NimbleRow extends Row {
  readonly account: string;
  readonly job: NimbleJob;
}

/** All Nimble jobs, whichever account they are of. Ids are unique among all. */
export class NimbleTable {
  readonly #context: TableContext;
  #rows = new Map<string, NimbleRow>();
  /** What {@link all} answered since the last change: lists are read page by page. */
  readonly #listed = new Map<string | undefined, readonly NimbleJob[]>();
  #nextJob = 1;
  #nextRun = 1;

  constructor(context: TableContext) {
    this.#context = context;
  }

  /** Makes a job, or replaces the one of its id; fills in what is missing. Throws where it has no name. */
  put(job: JsonObject, account: string = DEFAULT_ACCOUNT, by: Mutation["by"] = "hand"): NimbleJob {
    const name = textAt(job, "name");
    if (name === undefined) throw new TypeError("a Nimble job needs a name");
    const stamp = this.#context.stamp();
    const full: NimbleJob = {
      ...{ id: textAt(job, "id") ?? this.#freshId(), name, display_name: null, agent_name: null, description: null },
      ...{ schedule: null, inputs: null, destination: null, last_run_at: null, last_run_status: null },
      ...{ created_at: stamp, updated_at: stamp },
      ...job,
    };
    this.#set({ account, job: withFormat(full) }, by);
    return withFormat(full);
  }

  /** One job; undefined where there is none (in that account, where one is named). */
  get(id: string, account?: string): NimbleJob | undefined {
    const row = this.#rows.get(id);
    return row && (account === undefined || row.account === account) ? row.job : undefined;
  }

  /** All jobs of an account (of all accounts, where none is named), in the order of their ids. */
  all(account?: string): readonly NimbleJob[] {
    const known = this.#listed.get(account);
    if (known !== undefined) return known;
    const rows = [...this.#rows.values()].filter((row) => account === undefined || row.account === account);
    const jobs = rows.map((row) => row.job);
    this.#listed.set(account, jobs);
    return jobs;
  }

  /** All jobs of that very name. */
  named(name: string, account?: string): readonly NimbleJob[] {
    return this.all(account).filter((job) => job.name === name);
  }

  /** How many jobs there are. */
  count(account?: string): number {
    return account === undefined ? this.#rows.size : this.all(account).length;
  }

  /** Changes a job as somebody in the console would; `updated_at` moves. Throws where there is none. */
  edit(id: string, edit: Edit<NimbleJob>, by: Mutation["by"] = "hand"): NimbleJob {
    const row = this.#rows.get(id);
    if (!row) throw new TypeError(`no Nimble job ${id}`);
    const changed = typeof edit === "function" ? edit(row.job) : mergePatch(row.job, edit);
    if (!isJsonObject(changed)) throw new TypeError("a job must stay an object");
    const job: NimbleJob = { ...changed, id, name: textAt(changed, "name") ?? "", updated_at: this.#context.stamp() };
    this.#set({ account: row.account, job: withFormat(job) }, by);
    return withFormat(job);
  }

  /** Takes a job away; false where there was none. */
  delete(id: string, by: Mutation["by"] = "hand"): boolean {
    const row = this.#rows.get(id);
    if (!row) return false;
    this.#rows.delete(id);
    this.#listed.clear();
    this.#context.changed(rowChange({ platform: "nimble", scope: row.account, id, by }, row, undefined));
    return true;
  }

  /** Runs a job at once; answers the run as the API does. Throws where there is none. */
  run(id: string): JsonObject {
    const row = this.#rows.get(id);
    if (!row) throw new TypeError(`no Nimble job ${id}`);
    const at = this.#context.stamp();
    this.#set({ ...row, job: { ...row.job, last_run_at: at, last_run_status: "SUCCESS" } }, "api");
    const run = `run_${this.#nextRun++}`;
    return {
      ...{ id: run, job_id: id, status: "PENDING", triggered_by: "manual", created_at: at },
      ...{ input_count: null, result_count: null, started_at: null, finished_at: null },
    };
  }

  /** The number of the next made-up id. */
  get nextJob(): number {
    return this.#nextJob;
  }

  /** The number of the next run. */
  get nextRun(): number {
    return this.#nextRun;
  }

  /** Counts on from at least these numbers. */
  resume(job: number, run: number): void {
    this.#nextJob = Math.max(this.#nextJob, job);
    this.#nextRun = Math.max(this.#nextRun, run);
  }

  /** All rows as a seed that makes them again. */
  seeds(): readonly NimbleSeed[] {
    return [...this.#rows.values()].map(({ account, job }) => ({ account, job }));
  }

  /** Takes all jobs away without telling. */
  clear(): void {
    this.#rows.clear();
    this.#listed.clear();
  }

  /** Becomes a copy of another table. */
  copyFrom(other: NimbleTable): void {
    this.#rows = new Map(other.#rows);
    this.#listed.clear();
    this.resume(other.#nextJob, other.#nextRun);
  }

  /** Makes a change of {@link SandboxData} undone, without telling. */
  undo(change: RowChange): void {
    const before = change.before;
    if (before) this.#rows.set(change.id, before as NimbleRow);
    else this.#rows.delete(change.id);
    this.#listed.clear();
    this.#order();
  }

  #set(row: NimbleRow, by: Mutation["by"]): void {
    const { id } = row.job;
    const before = this.#rows.get(id);
    const number = numberOf(id);
    const late = before === undefined && number < this.#nextJob - 1;
    this.#nextJob = Math.max(this.#nextJob, number + 1);
    this.#rows.set(id, row);
    this.#listed.clear();
    if (late) this.#order();
    this.#context.changed(rowChange({ platform: "nimble", scope: row.account, id, by }, before, row));
  }

  /** Ids grow with time, so the map is in their order but where one is put in by hand. */
  #order(): void {
    this.#rows = new Map([...this.#rows].sort(([a], [b]) => numberOf(a) - numberOf(b)));
  }

  #freshId(): string {
    return `job_${this.#nextJob++}`;
  }
}

function numberOf(id: string): number {
  return Number(id.slice("job_".length)) || 0;
}

/** The platform fills in `destination.format`. */
function withFormat(job: NimbleJob): NimbleJob {
  const destination: Json | undefined = job["destination"];
  if (!isJsonObject(destination) || Object.hasOwn(destination, "format")) return job;
  return { ...job, destination: { ...destination, format: "parquet" } };
}
