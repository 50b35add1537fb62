import type { JsonObject } from "../model/json.ts";
import { completeBlaxelJob, replacedBlaxelJob } from "./blaxel-job.ts";
import { isJsonObject, mergePatch, objectAt, textAt } from "./json.ts";
import type { Edit } from "./nimble-table.ts";
import { type BlaxelSeed, DEFAULT_WORKSPACE } from "./options.ts";
import { type Row, type RowChange, rowChange, type TableContext } from "./rows.ts";
import type { Mutation } from "./store.ts";

/** A Blaxel job as stored: secrets in clear, everything that the platform fills in is there. */
export type BlaxelJob = JsonObject;

/** What a list is sorted by. */
export type PlaceKey = "createdAt" | "name";

/** Where a job stands in a list: the sort key, then the name, which makes it unique. */
export interface Place {
  readonly key: string;
  readonly name: string;
}

/** How a deleted job fades: it is answered while reads are left, or `until` (milliseconds) has not come. */
interface Fading {
  readonly reads: number;
  readonly until: number;
}

interface BlaxelRow extends Row {
  readonly workspace: string;
  readonly revisions: readonly JsonObject[];
  readonly fading?: Fading;
}

/** All Blaxel jobs by workspace and name. */
export class BlaxelTable {
  readonly #context: TableContext;
  #workspaces = new Map<string, Map<string, BlaxelRow>>();
  /** Grows when a job comes or goes: what is sorted can be kept until then. */
  #structure = 0;
  readonly #sorted = new Map<string, { readonly structure: number; readonly places: readonly Place[] }>();
  #serial = 1;

  constructor(context: TableContext) {
    this.#context = context;
  }

  /** Makes a job, or replaces the one of its name; fills in what is missing. Throws where it has no name. */
  put(
    job: JsonObject,
    workspace: string = DEFAULT_WORKSPACE,
    revisions?: readonly JsonObject[],
    by: Mutation["by"] = "hand",
  ): BlaxelJob {
    const name = textAt(objectAt(job, "metadata"), "name");
    if (name === undefined) throw new TypeError("a Blaxel job needs metadata.name");
    const revision = `rev-${this.#number()}`;
    const stamp = this.#context.stamp();
    const facts = { workspace, stamp, by: actor(by), revision, serial: () => this.#number() };
    const full = completeBlaxelJob(job, facts);
    const first = { id: revision, active: true, status: "DEPLOYED", createdAt: stamp, createdBy: actor(by) };
    this.#set(name, { workspace, job: full, revisions: revisions ?? [first] }, by);
    return full;
  }

  /** One job; undefined where there is none. A deleted one is there until it is gone. Counts as no read. */
  get(name: string, workspace: string = DEFAULT_WORKSPACE): BlaxelJob | undefined {
    return this.#settled(name, workspace)?.job;
  }

  /** All jobs of a workspace, in the order in which they were made. Counts as no read. */
  all(workspace: string = DEFAULT_WORKSPACE): readonly BlaxelJob[] {
    const names = [...(this.#workspaces.get(workspace)?.keys() ?? [])];
    return names.map((name) => this.get(name, workspace)).filter((job) => job !== undefined);
  }

  /** How many jobs a workspace has, those being deleted included. */
  count(workspace: string = DEFAULT_WORKSPACE): number {
    return this.all(workspace).length;
  }

  /** Names of the workspaces that have, or had, a job. */
  workspaces(): readonly string[] {
    return [...this.#workspaces.keys()];
  }

  /** Changes a job as somebody in the console would; `updatedAt` and `updatedBy` move. Throws where there is none. */
  edit(
    name: string,
    edit: Edit<BlaxelJob>,
    workspace: string = DEFAULT_WORKSPACE,
    by: Mutation["by"] = "hand",
  ): BlaxelJob {
    const row = this.#existing(name, workspace);
    const changed = typeof edit === "function" ? edit(row.job) : mergePatch(row.job, edit);
    if (!isJsonObject(changed)) throw new TypeError("a job must stay an object");
    const touched = { updatedAt: this.#context.stamp(), updatedBy: actor(by) };
    const job = { ...changed, metadata: { ...objectAt(changed, "metadata"), name, ...touched } };
    this.#set(name, { ...row, job }, by);
    return job;
  }

  /** Puts `body` in the place of a job, as PUT does: what it leaves out is lost, but for read-only fields. */
  replace(name: string, body: JsonObject, workspace: string, newRevision: boolean): BlaxelJob {
    const row = this.#existing(name, workspace);
    const stamp = this.#context.stamp();
    const facts = { workspace, stamp, by: actor("api"), serial: () => this.#number() };
    const job = replacedBlaxelJob(row.job, body, facts);
    this.#set(name, { ...row, job }, "api");
    return newRevision ? this.#revise(name, workspace, "api") : job;
  }

  /** What `bl deploy` does: sets the image, adds a revision and makes it the active one. */
  deploy(name: string, image: string, workspace: string = DEFAULT_WORKSPACE): BlaxelJob {
    this.edit(name, { spec: { runtime: { image } } }, workspace);
    return this.#revise(name, workspace, "hand");
  }

  /** A job's revisions, newest first. */
  revisions(name: string, workspace: string = DEFAULT_WORKSPACE): readonly JsonObject[] {
    return this.#row(name, workspace)?.revisions ?? [];
  }

  /** Takes a job away at once; false where there was none. */
  delete(name: string, workspace: string = DEFAULT_WORKSPACE, by: Mutation["by"] = "hand"): boolean {
    const row = this.#row(name, workspace);
    if (!row) return false;
    this.#workspaces.get(workspace)?.delete(name);
    this.#structure += 1;
    this.#context.changed(rowChange({ platform: "blaxel", scope: workspace, id: name, by }, row, undefined));
    return true;
  }

  /** Starts the deletion of a job, as DELETE does; answers it as DELETING. */
  fade(name: string, workspace: string, reads: number, ms: number): BlaxelJob {
    const row = this.#existing(name, workspace);
    if (row.fading) return row.job;
    const job = { ...row.job, status: "DELETING" };
    this.#set(name, { ...row, job, fading: { reads, until: this.#context.now().getTime() + ms } }, "api");
    if (reads <= 0 && ms <= 0) this.delete(name, workspace, "platform");
    return job;
  }

  /** A job as a request reads it: counts down a deletion. */
  read(name: string, workspace: string): BlaxelJob | undefined {
    const row = this.#settled(name, workspace);
    if (!row?.fading) return row?.job;
    const fading = { ...row.fading, reads: row.fading.reads - 1 };
    this.#workspaces.get(workspace)?.set(name, { ...row, fading });
    return row.job;
  }

  /** Whether a job is being deleted. */
  isFading(name: string, workspace: string): boolean {
    return this.#settled(name, workspace)?.fading !== undefined;
  }

  /** The places of a workspace's jobs, ascending; sorted anew only after a job came or went. */
  places(workspace: string, key: PlaceKey): readonly Place[] {
    const cacheKey = `${key} ${workspace}`;
    const cached = this.#sorted.get(cacheKey);
    if (cached?.structure === this.#structure) return cached.places;
    const places = this.all(workspace).map((job) => placeOf(job, key));
    places.sort(comparePlaces);
    this.#sorted.set(cacheKey, { structure: this.#structure, places });
    return places;
  }

  /** Counts everything that the platform numbers. */
  get serial(): number {
    return this.#serial;
  }

  /** Counts on from at least this number. */
  resume(serial: number): void {
    this.#serial = Math.max(this.#serial, serial);
  }

  /** All rows as a seed that makes them again; those being deleted are left out. */
  seeds(): readonly BlaxelSeed[] {
    const rows = [...this.#workspaces.values()].flatMap((jobs) => [...jobs.values()]);
    return rows.filter((row) => !row.fading).map(({ workspace, job, revisions }) => ({ workspace, job, revisions }));
  }

  /** Takes all jobs away without telling. */
  clear(): void {
    this.#workspaces.clear();
    this.#structure += 1;
  }

  /** Becomes a copy of another table. */
  copyFrom(other: BlaxelTable): void {
    this.#workspaces = new Map([...other.#workspaces].map(([name, jobs]) => [name, new Map(jobs)]));
    this.#structure += 1;
    this.resume(other.#serial);
  }

  /** Makes a change of {@link SandboxData} undone, without telling. */
  undo(change: RowChange): void {
    const before = change.before;
    if (before) this.#jobs(change.scope).set(change.id, before as BlaxelRow);
    else this.#workspaces.get(change.scope)?.delete(change.id);
    this.#structure += 1;
  }

  #revise(name: string, workspace: string, by: Mutation["by"]): BlaxelJob {
    const row = this.#existing(name, workspace);
    const stamp = this.#context.stamp();
    const id = `rev-${this.#number()}`;
    const older = row.revisions.map((revision) => ({
      ...revision,
      active: false,
      previousActive: revision["active"] === true,
    }));
    const revision = { id, active: true, status: "DEPLOYED", createdAt: stamp, createdBy: actor(by) };
    const spec = objectAt(row.job, "spec");
    const metadata = { ...objectAt(row.job, "metadata"), updatedAt: stamp, updatedBy: actor(by) };
    const job = {
      ...row.job,
      metadata,
      spec: { ...spec, revision: { ...objectAt(spec, "revision"), active: id } },
    };
    this.#set(name, { ...row, job, revisions: [revision, ...older] }, by);
    return job;
  }

  #set(name: string, row: BlaxelRow, by: Mutation["by"]): void {
    const jobs = this.#jobs(row.workspace);
    const before = jobs.get(name);
    jobs.set(name, row);
    const moved = before && comparePlaces(placeOf(before.job, "createdAt"), placeOf(row.job, "createdAt")) !== 0;
    if (!before || moved) this.#structure += 1;
    this.#context.changed(rowChange({ platform: "blaxel", scope: row.workspace, id: name, by }, before, row));
  }

  #existing(name: string, workspace: string): BlaxelRow {
    const row = this.#settled(name, workspace);
    if (!row) throw new TypeError(`no Blaxel job ${name} in workspace ${workspace}`);
    return row;
  }

  #row(name: string, workspace: string): BlaxelRow | undefined {
    return this.#workspaces.get(workspace)?.get(name);
  }

  /** A row, unless its deletion is over, which is then made so. */
  #settled(name: string, workspace: string): BlaxelRow | undefined {
    const row = this.#row(name, workspace);
    if (!row?.fading || row.fading.reads > 0 || this.#context.now().getTime() < row.fading.until) return row;
    this.delete(name, workspace, "platform");
    return undefined;
  }

  #jobs(workspace: string): Map<string, BlaxelRow> {
    const known = this.#workspaces.get(workspace);
    if (known) return known;
    const jobs = new Map<string, BlaxelRow>();
    this.#workspaces.set(workspace, jobs);
    return jobs;
  }

  #number(): string {
    return String(this.#serial++).padStart(6, "0");
  }
}

/** Orders places by code units, as the platform's keys are plain ASCII. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}

function placeOf(job: BlaxelJob, key: PlaceKey): Place {
  const metadata = objectAt(job, "metadata");
  return { key: textAt(metadata, key) ?? "", name: textAt(metadata, "name") ?? "" };
}

/** Who the platform says did it. */
function actor(by: Mutation["by"]): string {
  return by === "api" ? "service-account" : "console";
}
