import type { Transport } from "../../src/http/transport.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import type { State } from "../../src/model/state.ts";
import type { Disk } from "../../src/state/disk.ts";
import type { StateSession } from "../../src/state/store.ts";
import { createMemoryDisk, type MemoryDisk, type Survival } from "../state/support/memory-disk.ts";
import { addressOfJob, declaredPaths, type SimJob } from "./jobs.ts";
import { Kernel } from "./kernel.ts";
import { Model } from "./model.ts";
import type { Process } from "./process.ts";
import type { Chance } from "./random.ts";
import type { Sent } from "./wire.ts";

/** Faults put into the product on purpose, as wrappers around its parts: a checker that finds none of them proves nothing. */
export interface Planted {
  readonly name: string;
  transport?(transport: Transport, world: World, process: Process): Transport;
  disk?(disk: Disk, process: Process): Disk;
  session?(session: StateSession, world: World): StateSession;
  random?(random: () => number): () => number;
  log?(log: (line: string) => void): (line: string) => void;
}

/** What was true when an action was said to be over. */
export interface Finished {
  readonly at: number;
  readonly action: Action;
  readonly result: ActionResult;
  /** What stood on the disk then, by path. */
  readonly disk: Readonly<Record<string, string>>;
  /** The length of the ledger then. */
  readonly commits: number;
}

/** One run of the program, as the outside saw it. */
export interface Run {
  readonly process: Process;
  readonly command: "apply" | "plan";
  readonly startedAt: number;
  readonly desired: ReadonlyMap<string, SimJob>;
  readonly key: string;
  readonly prune: boolean;
  /** Its disk took nothing for a while, its heartbeat included. */
  readonly diskFull: boolean;
  readonly firstCommit: number;
  readonly firstSent: number;
  readonly finished: Finished[];
  /** What the state held when it started, and then, when it had settled what was open. */
  before: State | undefined;
  /** When it had the lock. */
  openedAt?: number;
  /** The how-manieth it was to get the lock. */
  opening?: number;
  /** When it had its plan. */
  plannedAt?: number;
  plan?: Plan;
  endedAt?: number;
  exit?: number;
  error?: unknown;
}

/** How a simulation is set up; all of it follows from a seed, and all of it can be written down. */
export interface WorldOptions {
  readonly pageSize: number;
  readonly deletingMs: number;
  readonly createSettleMs: number;
  readonly compactAfterBytes: number;
  readonly leaseMs: number;
}

/** Everything that there is in one simulation. */
export class World {
  readonly kernel = new Kernel();
  readonly model: Model;
  readonly options: WorldOptions;
  readonly planted: Planted | undefined;
  readonly processes = new Map<number, Process>();
  readonly log: Sent[] = [];
  readonly lines: string[] = [];
  readonly runs: Run[] = [];
  /** The manifests as they are now, by address. */
  desired = new Map<string, SimJob>();
  /** What was ever declared of a job, by address. */
  readonly ever = new Map<string, Set<string>>();
  /** Values of secrets that were ever used. */
  readonly secrets = new Set<string>();
  /** How often the lock was taken. */
  openings = 0;
  /** What the machine's wall clock is off by. */
  skew = 0;
  disk: MemoryDisk = createMemoryDisk(["/project"]);
  /** Disks of earlier moments, to go back to. */
  readonly backups: MemoryDisk[] = [];
  /** Jobs that the state was made to forget: a lost folder, an old copy. */
  readonly forgotten = new Set<string>();
  /** Protected jobs whose manifest was removed: nothing may delete them. */
  readonly leftProtected = new Map<string, SimJob>();
  /** When an entry of the state was first seen, by address, id and time of its last write. */
  readonly entries = new Map<string, number>();
  /** Something happened after which nobody can tell what a masked secret holds: an old state, a late PUT. */
  blurred = false;

  constructor(options: WorldOptions, planted: Planted | undefined) {
    this.options = options;
    this.planted = planted;
    this.model = new Model({
      now: () => this.kernel.now,
      pageSize: options.pageSize,
      deletingMs: options.deletingMs,
      later: (ms, fire) => this.kernel.at(ms, fire),
    });
  }

  /** Writes manifests. */
  declare(jobs: ReadonlyMap<string, SimJob>): void {
    this.desired = new Map(jobs);
    for (const job of jobs.values()) {
      const address = addressOfJob(job);
      const paths = this.ever.get(address) ?? new Set();
      for (const path of declaredPaths(job)) paths.add(path);
      this.ever.set(address, paths);
    }
  }

  /** The machine loses its power: all processes die, and what was not synced may be gone. */
  losePower(survival: Survival): void {
    for (const process of this.processes.values()) process.die("power loss");
    this.disk = this.disk.afterCrash(survival);
  }

  /** Keeps the disk as it is now, for a later rollback. */
  backUp(): void {
    this.backups.push(this.disk.afterCrash("kill"));
  }
}

/** Somebody edits a live job by hand, whichever, or deletes one that nobody declares. */
export type Meddler = (world: World, what: "edit" | "delete", chance: Chance) => void;
