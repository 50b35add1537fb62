import type { JobwrightError } from "../../src/errors.ts";
import type { Transport } from "../../src/http/transport.ts";
import type { HttpConfig } from "../../src/model/config.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import type { State } from "../../src/model/state.ts";
import type { Disk } from "../../src/state/disk.ts";
import type { Git } from "../../src/state/git-command.ts";
import type { StateSession } from "../../src/state/store.ts";
import type { MemoryDisk, Survival } from "../state/support/memory-disk.ts";
import type { Unknown } from "./check-unknown.ts";
import { addressOfJob, declaredPaths, type SimJob } from "./jobs.ts";
import { Kernel } from "./kernel.ts";
import { Model } from "./model.ts";
import { filePlace } from "./place-file.ts";
import { gitPlace } from "./place-git.ts";
import type { Process } from "./process.ts";
import type { Chance } from "./random.ts";
import type { Sent } from "./wire.ts";

/** Faults put into the product on purpose, as wrappers around its parts: a checker that finds none of them proves nothing. */
export interface Planted {
  readonly name: string;
  transport?(transport: Transport, world: World, process: Process): Transport;
  disk?(disk: Disk, process: Process): Disk;
  git?(git: Git, process: Process): Git;
  session?(session: StateSession, world: World): StateSession;
  random?(random: () => number): () => number;
  log?(log: (line: string) => void): (line: string) => void;
}

/** What a process can be asked to do. */
export type Command = "apply" | "plan" | "drift" | "save" | "apply saved" | "import" | "hold" | "release";

/** The state at a moment, to look at later, or to go back to. */
export interface Kept {
  readonly kind: "file" | "git";
  readonly disk?: MemoryDisk;
  readonly tip?: string | undefined;
}

/** Where the state is kept: what the world can do with it from outside of all processes. */
export interface Place {
  readonly kind: "file" | "git";
  /** The state as it is now. */
  keep(): Kept;
  /** What of it must survive a loss of power. */
  keepDurable(): Kept;
  /** A state as the next process would find it, or the error that it would meet. */
  read(kept?: Kept): Promise<State | JobwrightError | undefined>;
  putBack(kept: Kept): void;
  /** Damages it; undefined where there is nothing. `mend` puts the whole one back. */
  spoil(c: Chance): { isUntouched(): boolean; mend(): void } | undefined;
  /** All machines' disks that nobody synced lose what was not synced. */
  losePower(survival: Survival): void;
  /** Everything that is kept and was not answered before, for finding secrets in it. */
  newTexts(): Iterable<readonly [place: string, text: string]>;
  /** The serial that stands there right now; undefined where nothing does, NaN where it cannot be read. */
  serial(): number | undefined;
}

/** What was true when an action was said to be over. */
export interface Finished {
  readonly at: number;
  readonly action: Action;
  readonly result: ActionResult;
  /** What was kept then. */
  readonly kept: Kept;
  /** The length of the ledger then. */
  readonly commits: number;
}

/** One run of the program, as the outside saw it. */
export interface Run {
  readonly process: Process;
  readonly command: Command;
  readonly startedAt: number;
  /** What was declared: when it started or, for a saved plan, when that was made. */
  readonly desired: ReadonlyMap<string, SimJob>;
  /** The account that its credentials are of, by provider. */
  readonly accounts: Readonly<Record<"nimble" | "blaxel", string>>;
  /** Its credentials are new ones of the same account. */
  readonly rotated: boolean;
  readonly prune: boolean;
  readonly resume: boolean;
  /** Only what was changed by hand is put right. */
  readonly heals: boolean;
  readonly pondering: number;
  readonly lockTimeoutMs: number;
  readonly firstCommit: number;
  readonly firstSent: number;
  readonly finished: Finished[];
  /** The saved plan that it is to apply. */
  readonly saved?: SavedText;
  /** What the state held when it started, and then, when it had settled what was open. */
  before: State | undefined;
  /** When it had the lock. */
  openedAt?: number;
  /** The how-manieth it was to get the lock. */
  opening?: number;
  /** When it had its plan, and how long the ledger was then. */
  plannedAt?: number;
  plannedUpTo?: number;
  plan?: Plan;
  endedAt?: number;
  exit?: number;
  error?: unknown;
}

/** A plan that was written to a file. */
export interface SavedText {
  text: string;
  readonly madeAt: number;
  readonly desired: ReadonlyMap<string, SimJob>;
  readonly prune: boolean;
  /** Made by somebody who said that jobs may be missing. */
  readonly vouched: boolean;
  readonly actions: ReadonlyMap<string, string>;
  /** Changed by hand since. */
  tampered: boolean;
}

/** How a simulation is set up; all of it follows from a seed, and all of it can be written down. */
export interface WorldOptions {
  readonly store: "file" | "git";
  /** With `git`: each process has a clone of its own, as on a runner whose disk vanishes. */
  readonly freshClones: boolean;
  readonly pageSize: number;
  readonly deletingMs: number;
  readonly createSettleMs: number;
  readonly compactAfterBytes: number;
  readonly leaseMs: number;
  readonly http: Partial<HttpConfig>;
  readonly secrets: "shown" | "masked" | "refused";
  readonly mask: "whole" | "middle";
  readonly tokenMs: number;
}

/** Everything that there is in one simulation. */
export class World {
  readonly kernel = new Kernel();
  readonly model: Model;
  readonly options: WorldOptions;
  readonly planted: Planted | undefined;
  readonly place: Place;
  readonly processes = new Map<number, Process>();
  readonly log: Sent[] = [];
  readonly lines: { readonly at: number; readonly by: number; readonly text: string }[] = [];
  readonly runs: Run[] = [];
  /** The manifests as they are now, by address. */
  desired = new Map<string, SimJob>();
  /** What was ever declared of a job, by address. */
  readonly ever = new Map<string, Set<string>>();
  /** Values of secrets that were ever used. */
  readonly secrets = new Set<string>();
  readonly savedPlans: SavedText[] = [];
  /** Outcomes that nobody could tell, until the next run that plans. */
  readonly unknowns: Unknown[] = [];
  /** Whether our credentials may read secrets. */
  secretsAre: WorldOptions["secrets"];
  /** How often the lock was taken. */
  openings = 0;
  /** What the machine's wall clock is off by, and when it was put forward by more than is made allowance for. */
  skew = 0;
  readonly leaps: number[] = [];
  /** Earlier states, to go back to. */
  readonly backups: Kept[] = [];
  /** Jobs (`account/id`) that the state was made to forget, by losing it or putting back an old one, and has not got back. */
  readonly forgotten = new Set<string>();
  /** Protected jobs whose manifest was removed: nothing may delete them. */
  readonly leftProtected = new Map<string, SimJob>();
  /** When an entry of the state was first seen, by address, id and time of its last write. */
  readonly entries = new Map<string, number>();
  /** Jobs (`account/id`) of whose masked secrets nobody can tell the value any more: a late PUT may have set an older one. */
  readonly blurred = new Set<string>();
  /** What was seen to be wrong with the state at some instant. */
  readonly instants: string[] = [];
  /** The serial that was last seen at an instant. */
  lastSerial = -1;

  constructor(options: WorldOptions, planted: Planted | undefined) {
    this.options = options;
    this.planted = planted;
    this.secretsAre = options.secrets;
    this.place = options.store === "git" ? gitPlace(this) : filePlace(this);
    this.model = new Model({
      now: () => this.kernel.now,
      pageSize: options.pageSize,
      deletingMs: options.deletingMs,
      later: (ms, fire) => this.kernel.at(ms, fire),
      secrets: () => this.secretsAre,
      mask: options.mask,
      tokenMs: options.tokenMs,
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
    this.place.losePower(survival);
    this.lastSerial = -1;
  }

  /** The machine's wall clock is set. */
  jump(ms: number): void {
    this.skew += ms;
    if (ms > 600_000) this.leaps.push(this.kernel.now);
  }

  /** Looks at the state as it is at this very instant: it must be whole, and not older than a moment before. */
  glance(): void {
    const serial = this.place.serial();
    if (serial === undefined) return;
    if (!(serial >= this.lastSerial)) this.instants.push(`serial ${serial} after ${this.lastSerial}`);
    else this.lastSerial = serial;
  }

  /** Keeps the state as it is now, for a later rollback. */
  backUp(): void {
    this.backups.push(this.place.keep());
  }
}

/** Somebody edits a live job by hand, whichever; or deletes one that nobody declares, and makes another. */
export type Meddler = (world: World, what: "edit" | "delete" | "swap", chance: Chance) => void;
