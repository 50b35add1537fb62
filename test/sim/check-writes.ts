import type { JsonObject } from "../../src/model/json.ts";
import type { JobState } from "../../src/model/state.ts";
import { entryKey } from "./check-state.ts";
import type { Look, Violation } from "./checks.ts";
import { moved, pathsIn } from "./jobs.ts";
import { foreignBetween, jobAt, knownTo, nameAt, placeOf } from "./ledger.ts";
import { type Commit, EPOCH, type Read } from "./model.ts";
import { bornAt, masksIn, nameOf } from "./model-jobs.ts";
import type { Run, World } from "./world.ts";

/** Each change that a process of ours made: S1 (what could have been adopted), S3, S4, S5, S7. */
export function checkWrites(look: Look): readonly Violation[] {
  return look.commits.flatMap((commit) => {
    const run = look.world.runs.find((each) => each.process.pid === commit.by);
    return run === undefined || commit.op === "gone" ? [] : checkWrite(look, commit, run);
  });
}

type Say = (check: string, message: string) => void;

function checkWrite(look: Look, commit: Commit, run: Run): readonly Violation[] {
  const { world, count } = look;
  const { provider, account, op, id, name, after } = commit;
  const address = `${provider}/${name}`;
  const found: Violation[] = [];
  const say: Say = (check, message) => {
    found.push({ check, message: `process ${run.process.pid}, ${op} ${address} (${id}): ${message}` });
  };
  if (account !== `${provider}:a`) say("S3", `written to ${account}`);
  if (after !== undefined) {
    count("masked secrets in writes", after["spec"] === undefined ? 0 : 1);
    const masks = masksIn(after);
    if (masks.length > 0) say("S5", `a mask was stored in place of a secret: ${masks.join(", ")}`);
  }
  if (Object.values(run.before?.jobs ?? {}).some(({ hold }) => hold !== undefined))
    count("writes while something was held");
  if (isHeld(world, run, address)) say("hold", "the job was held");
  if (op === "create") created(look, commit, run, say);
  if (op === "update") updated(look, commit, run, say);
  if (op === "delete") deleted(look, commit, run, say);
  return found;
}

/** Whether the job was held by the state that the run planned from, at the time of its plan by its own clock. */
function isHeld(world: World, { before, plannedAt, startedAt }: Run, address: string): boolean {
  const until = before?.jobs[address]?.hold?.until;
  // The clock may jump while a run is under way: only what is held for sure counts.
  const now = EPOCH + (plannedAt ?? startedAt) + Math.max(0, world.skew) + 60_000;
  return until !== undefined && Date.parse(until) > now && world.skew >= 0;
}

function created({ world, count }: Look, commit: Commit, run: Run, say: Say): void {
  const job = run.desired.get(`${commit.provider}/${commit.name}`);
  count("creates");
  if (job === undefined) say("S3", "nobody declares it");
  else if (commit.provider === "nimble") {
    const twin = overlooked(world, commit, run, job.agent);
    if (twin !== undefined) say("S1", `${twin} was there all the time, and could be seen`);
  }
}

/**
 * A live job of the name and agent that the run was shown, by a list or a search, before it made another. What nothing
 * showed (a replica that lagged whenever it was asked) nobody could know of. The old job of a replace is no such twin.
 */
function overlooked(world: World, { account, id, name, sentAt = 0 }: Commit, run: Run, agent: string) {
  const entry = run.before?.jobs[`nimble/${name}`];
  const known = new Set([entry?.id, ...(entry?.doomed ?? []).map((old) => old.id)]);
  const looks = world.model.reads.filter(
    ({ by, account: where, kind, arrivedAt = Number.POSITIVE_INFINITY }) =>
      by === run.process.pid && where === account && kind === "list" && arrivedAt <= sentAt,
  );
  return [...world.model.jobs(account)].find(([twin, job]) => {
    if (twin === id || known.has(twin) || nameOf(job) !== name || job["agent_name"] !== agent) return false;
    return looks.some((read) => read.shows.has(twin));
  })?.[0];
}

function updated({ world, count }: Look, commit: Commit, run: Run, say: Say): void {
  const { provider, name, before = {}, after = {}, sentAt = 0 } = commit;
  const address = `${provider}/${name}`;
  count("updates");
  const isOwned = run.before?.jobs[address] !== undefined;
  if (!run.desired.has(address) && !isOwned) say("S3", "it is neither declared nor owned");
  const ours = [...(world.ever.get(address) ?? [])];
  const others = moved(before, after).filter((path) => !ours.some((p) => isWithin(path, p)));
  const known = knownTo(world, run.process.pid, commit, sentAt);
  // What somebody changed between our read and our write cannot be seen, and a PUT puts it back.
  const edits = foreignBetween(world, commit, known, placeOf(world, commit));
  const unseen = edits.flatMap((edit) => moved(edit.before ?? {}, edit.after ?? {}));
  const damaged = others.filter((path) => !unseen.includes(path));
  if (damaged.length > 0) say("S4", `fields that are not ours moved: ${damaged.join(", ")}`);
  if (others.length === 0) count("writes that carried all that is not ours");
  if (known < 0) say("S4", "written without having read it");
}

/** Whether a field is part of a declared one, or the other way round; of a declared list with names, all of it is. */
function isWithin(path: string, declared: string): boolean {
  const inEnvs = (p: string): boolean => p.startsWith("/spec/runtime/envs");
  return path.startsWith(declared) || declared.startsWith(path) || (inEnvs(path) && inEnvs(declared));
}

function deleted({ world, count }: Look, commit: Commit, run: Run, say: Say): void {
  const { name, provider, id, before = {}, sentAt = 0 } = commit;
  const address = `${provider}/${name}`;
  const entry = run.before?.jobs[address];
  const job = run.desired.get(address);
  count("deletes");
  const known = knownTo(world, run.process.pid, commit, sentAt);
  if (known < 0) say("S7", "deleted without having looked at it");
  // The one of this id was made anew since we looked: nobody can tell a DELETE that is under way to stay away.
  const born = bornAt(before);
  const looked = jobAt(world, commit, known);
  if (looked !== undefined && bornAt(looked) !== born) return;
  const doomed = Object.values(run.before?.jobs ?? {}).some((each) => each.doomed?.some((old) => old.id === id));
  if (job === undefined) {
    if (!run.prune) say("S7", "deleted without --prune");
    if (!doomed && entry?.id !== id) say("S7", "deleted, but it was not ours");
    else if (
      !doomed &&
      entry !== undefined &&
      born - EPOCH > (world.entries.get(entryKey(address, entry)) ?? Number.POSITIVE_INFINITY)
    )
      say("S7", "another job of the same name was deleted");
    if (entry?.protect) say("S7", "it was protected");
    if (!doomed && entry !== undefined) changedSincePlan(world, commit, run, entry, known, say);
  } else if (!doomed && before["agent_name"] === job.agent) say("S7", "declared as it was, and deleted all the same");
}

/** Whoever changed a managed field after the plan, and before we looked for the last time, is not run over. */
function changedSincePlan(world: World, commit: Commit, run: Run, entry: JobState, known: number, say: Say): void {
  const { plannedUpTo = Number.POSITIVE_INFINITY } = run;
  const managed = pathsIn(commit.provider, entry.declared);
  const last = foreignBetween(world, commit, plannedUpTo, known).at(-1)?.after;
  if (last === undefined) return;
  const planned = jobAt(world, commit, plannedUpTo) ?? {};
  const touched = moved(planned, last).filter((path) => managed.some((p) => path === p));
  if (touched.length > 0) say("S7", `somebody had changed ${touched.join(", ")} since the plan`);
}

/** S1: a plan that creates what was live all the time that its list was read. */
export function unseen(world: World, run: Run): readonly Violation[] {
  return (run.plan?.actions ?? []).flatMap((action): Violation[] => {
    if (action.action !== "create") return [];
    const account = run.accounts[action.provider];
    const list = lastList(world, run, account);
    const [from, to] = [Math.min(...list.map(({ upTo }) => upTo)), Math.max(...list.map(({ upTo }) => upTo))];
    const twin = [...world.model.jobs(account)].find(([id, job]) => {
      const isMissed = list.length > 0 && nameOf(job) === nameAt(action.address) && !list.some((r) => r.lacks?.has(id));
      const [then, after] = [from, to].map((upTo) => jobAt(world, { account, id }, upTo));
      return isMissed && isLive(then) && isLive(after);
    });
    // One that goes and one that comes within a gap leave no trace in any total: the look before the create is for that.
    if (twin === undefined || isSwapped(world, account, from, to)) return [];
    return [
      { check: "S1", message: `${action.address} was planned as a create, but ${twin[0]} was there to be listed` },
    ];
  });
}

/** The pages of the list that the run's plan rests on. */
function lastList(world: World, { process, plannedAt = -1 }: Run, account: string): readonly Read[] {
  const pages = world.model.reads.filter(
    ({ by, account: where, kind, arrivedAt = Number.POSITIVE_INFINITY }) =>
      by === process.pid && where === account && kind === "list" && arrivedAt <= plannedAt,
  );
  const first = pages.findLastIndex((read) => read.isFirst === true);
  return first < 0 ? [] : pages.slice(first);
}

function isLive(job: JsonObject | undefined): boolean {
  return job !== undefined && job["status"] !== "DELETING";
}

function isSwapped(world: World, account: string, from: number, to: number): boolean {
  const ops = world.model.commits.slice(from, to).filter((each) => each.account === account);
  return ops.some(({ op }) => op === "create") && ops.some(({ op }) => op === "delete" || op === "gone");
}
