import { JobwrightError } from "../../src/errors.ts";
import type { State } from "../../src/model/state.ts";
import { checkRun } from "./check-runs.ts";
import { checkState } from "./check-state.ts";
import { checkUnknown } from "./check-unknown.ts";
import { checkWrites } from "./check-writes.ts";
import type { Commit } from "./model.ts";
import { checkResults } from "./results.ts";
import type { Kept, Run, World } from "./world.ts";

/** A promise that was broken. */
export interface Violation {
  /** `S1` to `S12`, or `crash`. */
  readonly check: string;
  readonly message: string;
}

/** How often each promise was put to the test, for the report. */
export type Opportunities = Map<string, number>;

/** What a check sees: all of the world, and what is new since the last look. */
export interface Look {
  readonly world: World;
  readonly runs: readonly Run[];
  readonly commits: readonly Commit[];
  readonly state: State | undefined;
  readonly count: (what: string, times?: number) => void;
}

/** Looks at everything that happened since the last look. */
export class Checker {
  readonly opportunities: Opportunities = new Map();
  readonly #world: World;
  #commits = 0;
  #runs = 0;
  #lines = 0;
  #durable: Kept | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** What was broken in this step. `damaged`: the state was spoilt by the simulation itself. */
  async look(damaged = false): Promise<readonly Violation[]> {
    const world = this.#world;
    const read = await world.place.read();
    if (read instanceof JobwrightError) {
      return damaged ? [] : [{ check: "S12", message: `the state cannot be read: ${read.message}` }];
    }
    const look: Look = {
      world,
      runs: world.runs.slice(this.#runs),
      commits: world.model.commits.slice(this.#commits),
      state: read,
      count: (what, times = 1) => this.opportunities.set(what, (this.opportunities.get(what) ?? 0) + times),
    };
    for (const commit of look.commits) blur(world, commit);
    const found = [
      ...(await this.#serial(look)),
      ...look.runs.flatMap((run) => checkRun(look, run)),
      ...checkWrites(look),
      ...(await checkResults(look)),
      ...checkUnknown(look),
      ...checkState(look, world.lines.slice(this.#lines)),
    ];
    this.#durable = world.place.keepDurable();
    this.#commits = world.model.commits.length;
    this.#runs = world.runs.length;
    this.#lines = world.lines.length;
    return found;
  }

  /** S12: what was durable at the last look is not lost, and at no instant was a state read that is older, or none. */
  async #serial({ world, state, count }: Look): Promise<readonly Violation[]> {
    const before = this.#durable === undefined ? undefined : await world.place.read(this.#durable);
    const then = before instanceof JobwrightError ? -1 : (before?.serial ?? -1);
    const now = state?.serial ?? -1;
    const { instants } = world;
    const seen = instants
      .splice(0)
      .map((message) => ({ check: "S12", message: `the state at an instant: ${message}` }));
    count("states compared with the one before");
    return now < then ? [...seen, { check: "S12", message: `the serial went back from ${then} to ${now}` }] : seen;
  }

  /** The state was lost or put back: its serial starts anew. */
  forget(): void {
    this.#durable = undefined;
    this.#world.lastSerial = -1;
  }
}

/** A write that lands long after it left may bring back an older value of a secret, which a mask hides from everybody. */
function blur(world: World, { account, id, at, sentAt, op, by }: Commit): void {
  const { provider } = { provider: account.slice(0, account.indexOf(":")) };
  if (provider !== "blaxel" || typeof by !== "number" || op !== "update" || sentAt === undefined) return;
  if (at - sentAt > 1_000) world.blurred.add(`${account}/${id}`);
}
