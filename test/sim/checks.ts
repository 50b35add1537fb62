import { JobwrightError } from "../../src/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { State } from "../../src/model/state.ts";
import { readState } from "./engine.ts";
import { accountOf, missing, moved } from "./jobs.ts";
import { type Commit, MASK } from "./model.ts";
import { checkResults } from "./results.ts";
import type { Run, World } from "./world.ts";

/** A promise that was broken. */
export interface Violation {
  /** `S1` to `S12`, or `crash`. */
  readonly check: string;
  readonly message: string;
}

/** How often each promise was put to the test, for the report. */
export type Opportunities = Map<string, number>;

/** What a check sees. */
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
  #serial = -1;

  constructor(world: World) {
    this.#world = world;
  }

  /** What was broken in this step. `damaged`: the state's file was spoilt by the simulation itself. */
  async look(damaged = false): Promise<readonly Violation[]> {
    const world = this.#world;
    const read = await readState(world);
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
    const found = [
      ...serial(look, this.#serial),
      ...look.runs.flatMap((run) => wellBehaved(look, run)),
      ...ours(look).flatMap(({ commit, run }) => written(look, commit, run)),
      ...duplicates(look),
      ...forgotten(look),
      ...leaks(look, world.lines.slice(this.#lines)),
      ...(await checkResults(look)),
    ];
    for (const [address, entry] of Object.entries(read?.jobs ?? {})) {
      const key = entryKey(address, entry);
      if (!world.entries.has(key)) world.entries.set(key, world.kernel.now);
    }
    this.#serial = read?.serial ?? -1;
    this.#commits = world.model.commits.length;
    this.#runs = world.runs.length;
    this.#lines = world.lines.length;
    return found;
  }

  /** The state was lost or put back: its serial starts anew. */
  forget(): void {
    this.#serial = -1;
  }
}

function ours({ world, commits }: Look): readonly { commit: Commit; run: Run }[] {
  return commits.flatMap((commit) => {
    const run = world.runs.find((each) => each.process.pid === commit.by);
    return run === undefined || commit.op === "gone" ? [] : [{ commit, run }];
  });
}

function serial({ state }: Look, before: number): readonly Violation[] {
  const now = state?.serial ?? -1;
  return now < before ? [{ check: "S12", message: `the serial went back from ${before} to ${now}` }] : [];
}

/** How a run ended: S6 (exit 3), S9, S10, S11, and that nothing went wrong that nobody thought of. */
function wellBehaved({ world, count }: Look, run: Run): readonly Violation[] {
  const { process } = run;
  const sent = world.log.slice(run.firstSent).filter((each) => each.by === process.pid);
  const writes = sent.filter((each) => ["create", "update", "delete"].includes(each.op));
  const found: Violation[] = [];
  const say = (check: string, message: string): void => {
    found.push({ check, message: `process ${process.pid}: ${message}` });
  };
  if (run.error !== undefined && (!(run.error instanceof JobwrightError) || run.error.reason === "internal")) {
    const { error } = run;
    say("crash", `ended by ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  if (process.alive && run.endedAt === undefined) say("S9", "it hangs: it waits for something that never comes");
  if (run.exit === 3) {
    count("exit 3");
    if (writes.length > 0) say("S6", `exit 3, but ${writes.length} writes were sent`);
  }
  if (run.command === "plan" && writes.length > 0) say("S6", "plan sent writes");
  const jobs = run.desired.size + 10;
  if (sent.length > 40 * jobs) say("S9", `${sent.length} requests for ${run.desired.size} jobs`);
  const tookMs = (run.endedAt ?? run.startedAt) - run.startedAt;
  if (tookMs > 45 * 60_000 + 20 * 60_000) say("S9", `it took ${Math.round(tookMs / 1000)} s`);
  for (const foreign of sent.filter(
    (each) => !each.origin.endsWith(".nimble.test") && !each.origin.endsWith(".blaxel.test"),
  ))
    say("S5", `a request went to ${foreign.origin}`);
  const { stoppedAt } = process;
  if (stoppedAt !== undefined) {
    count("stop signals");
    const late = writes.filter((each) => each.at > Math.max(stoppedAt, process.suspendedUntil));
    if (late.length > 0) say("S11", `${late[0]?.line} was sent after the stop signal`);
    const awake = process.suspendedUntil <= stoppedAt;
    if (awake && run.endedAt !== undefined && run.endedAt - stoppedAt > 7_000)
      say("S11", `it took ${run.endedAt - stoppedAt} ms to stop`);
  }
  found.push(...unseen(world, run), ...twoHolders(world, run));
  const next = successor(world, run);
  if (next?.openedAt !== undefined && (run.endedAt === undefined || run.endedAt > next.openedAt)) {
    const { openedAt } = next;
    const fenced = writes.filter((each) => each.at > openedAt);
    count("fenced holders");
    if (fenced.length > 1) say("S10", `${fenced.length} writes after process ${next.process.pid} had the lock`);
    // Asking for the lock and sending cannot be one act: one write may still leave.
    for (const commit of world.model.commits) {
      if (commit.by !== process.pid || commit.op !== "create" || (commit.sentAt ?? 0) <= openedAt) continue;
      count("creates within the last window");
      world.forgotten.add(`${commit.account}/${commit.id}`);
    }
  }
  for (const line of new Set(sent.map((each) => each.line))) {
    const same = sent.filter((each) => each.line === line);
    const quick = same.find((each, i) => {
      const four = same.slice(i, i + 4);
      return four.length === 4 && four.every((s) => s.status === 429) && (four[3]?.at ?? 0) - each.at < 100;
    });
    if (quick !== undefined) say("S9", `four times in 100 ms against 429: ${line}`);
  }
  return found;
}

/** S1: a plan that creates what was live all the time had a list that lacked it. */
function unseen(world: World, run: Run): readonly Violation[] {
  const { plannedAt } = run;
  if (plannedAt === undefined || run.key !== "a") return [];
  const fates = new Set(world.log.slice(run.firstSent).map((sent) => sent.fate));
  // A replica that lags, total and all, cannot be told from the truth; the look-up before the create can.
  if (fates.has("list lacks")) return [];
  return (run.plan?.actions ?? []).flatMap((action): Violation[] => {
    if (action.action !== "create") return [];
    const name = action.address.slice(action.address.indexOf("/") + 1);
    const account = accountOf(action.provider, "a");
    const twin = [...world.model.jobs(account)].find(([id, job]) => {
      if (nameIn(job) !== name || job["status"] === "DELETING") return false;
      const made = world.model.commits.findLast((c) => c.account === account && c.id === id && c.op === "create");
      return made !== undefined && made.at < run.startedAt - 2_000;
    });
    if (twin === undefined) return [];
    return [
      { check: "S1", message: `${action.address} was planned as a create, but ${twin[0]} was there all the time` },
    ];
  });
}

/** The run that got the lock after this one. */
function successor(world: World, run: Run): Run | undefined {
  return run.opening === undefined ? undefined : world.runs.find((each) => each.opening === (run.opening ?? 0) + 1);
}

/** S10: whoever is awake and holds the lock keeps it. */
function twoHolders(world: World, run: Run): readonly Violation[] {
  const { process } = run;
  const next = successor(world, run);
  if (
    next?.openedAt === undefined ||
    process.suspendedUntil > 0 ||
    run.diskFull ||
    (!process.alive && run.endedAt === undefined)
  )
    return [];
  if (run.endedAt !== undefined && run.endedAt <= next.openedAt) return [];
  return [{ check: "S10", message: `processes ${process.pid} and ${next.process.pid} held the lock at once` }];
}

/** One of our commits: S1 (what could have been adopted), S3, S4, S5, S7. */
function written(look: Look, commit: Commit, run: Run): readonly Violation[] {
  const { world, count } = look;
  const { provider, account, op, name, before, after } = commit;
  const address = `${provider}/${name}`;
  const job = run.desired.get(address);
  const owned = run.before?.jobs[address];
  const found: Violation[] = [];
  const say = (check: string, message: string): void => {
    found.push({ check, message: `process ${run.process.pid}, ${op} ${address} (${commit.id}): ${message}` });
  };
  if (account !== accountOf(provider, "a")) say("S3", `written to ${account}`);
  if (JSON.stringify(after ?? {}).includes(MASK)) say("S5", "a mask was stored in place of a secret");
  if (op === "create") {
    count("creates");
    if (job === undefined) say("S3", "nobody declares it");
    else if (lackedOnce(world, run) && ignoredTwin(world, commit, run, job.agent))
      say("S1", "there was a job of this name all the time");
  }
  if (op === "update" && before !== undefined && after !== undefined) {
    count("updates");
    if (job === undefined && owned === undefined) say("S3", "it is neither declared nor owned");
    const known = world.ever.get(address) ?? new Set();
    const others = moved(before, after).filter(
      (path) => ![...known].some((p) => path.startsWith(p) || p.startsWith(path)),
    );
    if (others.length > 0 && !touched(world, commit, run.startedAt - 2_000))
      say("S4", `fields that are not ours moved: ${others.join(", ")}`);
    if (others.length === 0) count("fields carried");
  }
  if (op === "delete") found.push(...deleted(look, commit, run, say));
  return found;
}

function deleted({ world, count }: Look, commit: Commit, run: Run, say: (check: string, message: string) => void): [] {
  const { name, provider, id, before } = commit;
  const address = `${provider}/${name}`;
  const entry = run.before?.jobs[address];
  const job = run.desired.get(address);
  count("deletes");
  // The one of this id was made anew while the request was under way: nobody can tell a late DELETE to stay away.
  const born = before?.["created_at"] ?? (before?.["metadata"] as JsonObject | undefined)?.["createdAt"];
  const bornAt = Date.parse(String(born)) - Date.UTC(2026, 0, 1);
  if (bornAt > (commit.sentAt ?? 0) - 2_000) return [];
  const doomed = Object.values(run.before?.jobs ?? {}).some((each) => each.doomed?.some((old) => old.id === id));
  if (job === undefined) {
    if (!run.prune) say("S7", "deleted without --prune");
    // What a replace left to be deleted goes with its successor.
    if (doomed) return [];
    if (entry === undefined || entry.id !== id) say("S7", "deleted, but it was not ours");
    else if (bornAt > (world.entries.get(entryKey(address, entry)) ?? Number.POSITIVE_INFINITY))
      say("S7", "another job of the same name was deleted");
    if (entry?.protect) say("S7", "it was protected");
    const edit = lastForeign(world, commit);
    const plannedAt = run.plannedAt ?? Number.POSITIVE_INFINITY;
    if (
      edit !== undefined &&
      edit.at > plannedAt &&
      edit.at < (commit.sentAt ?? 0) - 2_000 &&
      touchesManaged(world, edit)
    )
      say("S7", "somebody had changed it since the plan");
  } else if (!doomed && before?.["agent_name"] === job.agent) say("S7", "declared as it was, and deleted all the same");
  return [];
}

/** Tells an entry of the state from a later one of the same job. */
function entryKey(address: string, { id, appliedAt }: { id: string; appliedAt: string }): string {
  return `${address} ${id} ${appliedAt}`;
}

function touchesManaged(world: World, edit: Commit): boolean {
  const paths = world.ever.get(`${edit.provider}/${edit.name}`) ?? new Set<string>();
  return moved(edit.before ?? {}, edit.after ?? {}).some((path) => [...paths].some((p) => path === p));
}

function lastForeign(world: World, { account, id, at }: Commit): Commit | undefined {
  return world.model.commits.findLast(
    (each) => each.account === account && each.id === id && typeof each.by !== "number" && each.at <= at,
  );
}

/** Whether somebody else changed the job so late that we may not have seen it. */
export function touched(world: World, commit: Pick<Commit, "account" | "id" | "at">, since: number): boolean {
  return world.model.commits.some(
    (each) =>
      each.account === commit.account &&
      each.id === commit.id &&
      typeof each.by !== "number" &&
      each.at >= since &&
      each.at <= commit.at,
  );
}

/** A look-up is there for one list that lacks a job; against two looks that both lack it nothing helps. */
function lackedOnce(world: World, run: Run): boolean {
  return world.log.slice(run.firstSent).filter((sent) => sent.fate === "list lacks").length < 2;
}

/** Whether a job of that name, no other than the one that is declared, was live long before the run and still is. */
function ignoredTwin(world: World, commit: Commit, run: Run, agent: string): boolean {
  if (commit.provider === "blaxel") return false;
  const entry = run.before?.jobs[`nimble/${commit.name}`];
  return [...world.model.jobs(commit.account)].some(([id, job]) => {
    if (id === commit.id || job["name"] !== commit.name || job["agent_name"] !== agent) return false;
    // A state put back to before a replace knows nothing of the successor that it made.
    if (world.forgotten.has(`${commit.account}/${id}`) && entry !== undefined) return false;
    const made = world.model.commits.find((each) => each.account === commit.account && each.id === id);
    if (made === undefined || made.at > run.startedAt - 2_000) return false;
    return entry?.doomed?.every((old) => old.id !== id) ?? true;
  });
}

/** S1: of what we made under one name, one is live at most (but for an old one that a replace still has to delete). */
function duplicates({ world, state, count }: Look): readonly Violation[] {
  const made = new Map<string, string[]>();
  for (const { id, name, provider, account } of madeByUs(world)) {
    const key = `${provider}/${name}`;
    const entry = state?.jobs[key];
    if (world.forgotten.has(`${account}/${id}`) || entry?.doomed?.some((old) => old.id === id)) continue;
    // A replace between its create and the record of it.
    const open = state?.open.some((intent) => intent.address === key && intent.action === "create");
    if (open && entry !== undefined && entry.id === id) continue;
    made.set(key, [...(made.get(key) ?? []), id]);
  }
  count("names looked at for duplicates", made.size);
  return [...made].flatMap(([key, ids]) =>
    ids.length > 1 ? [{ check: "S1", message: `${ids.length} live jobs of ours for ${key}: ${ids.join(", ")}` }] : [],
  );
}

function madeByUs(world: World): readonly { id: string; name: string; provider: string; account: string }[] {
  const made = new Map<string, Commit>();
  for (const commit of world.model.commits) {
    const key = `${commit.account}/${commit.id}`;
    if (commit.op === "create" && typeof commit.by === "number") made.set(key, commit);
    else if (commit.op !== "update") made.delete(key);
  }
  return [...made.values()];
}

/** S2: what we made and what is live is owned, or there is an open intent for it. */
function forgotten({ world, state, count }: Look): readonly Violation[] {
  const owned = new Set<string>();
  for (const [address, entry] of Object.entries(state?.jobs ?? {})) {
    const provider = address.slice(0, address.indexOf("/"));
    for (const { id } of [entry, ...(entry.doomed ?? [])]) owned.add(`${provider}:a/${id}`);
  }
  const open = new Set(state?.open.map((intent) => intent.address));
  return madeByUs(world).flatMap(({ id, name, provider, account }) => {
    count("made by us and live");
    const known =
      owned.has(`${account}/${id}`) || open.has(`${provider}/${name}`) || world.forgotten.has(`${account}/${id}`);
    return known
      ? []
      : [{ check: "S2", message: `${provider}/${name} (${id}) was made by us, and the state forgot it` }];
  });
}

/** S5: no secret in what is logged or kept. */
function leaks({ world }: Look, lines: readonly string[]): readonly Violation[] {
  const found = (text: string): boolean => [...world.secrets].some((secret) => text.includes(secret));
  const said = lines
    .filter(found)
    .map((line) => ({ check: "S5", message: `a secret was logged: ${line.slice(0, 200)}` }));
  const kept = Object.entries(world.disk.dump()).filter(([, text]) => found(text));
  return [...said, ...kept.map(([path]) => ({ check: "S5", message: `a secret stands in ${path}` }))];
}

/** S8: everything declared is there once and as declared. */
export function converged(world: World): readonly Violation[] {
  return [...world.desired].flatMap(([address, job]): Violation[] => {
    const account = accountOf(job.provider, "a");
    const named = [...world.model.jobs(account).values()].filter((live) => nameIn(live) === job.name);
    if (named.length !== 1) return [{ check: "S8", message: `${address}: ${named.length} live jobs at the end` }];
    const left = missing(job, named[0] ?? {}).filter((path) => !(world.blurred && path.endsWith("/value")));
    return left.length === 0
      ? []
      : [{ check: "S8", message: `${address}: not as declared at the end: ${left.join(", ")}` }];
  });
}

function nameIn(job: JsonObject): unknown {
  return job["name"] ?? (job["metadata"] as JsonObject | undefined)?.["name"];
}
