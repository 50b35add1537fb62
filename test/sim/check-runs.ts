import { JobwrightError } from "../../src/errors.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import { drift } from "./check-drift.ts";
import { unseen } from "./check-writes.ts";
import type { Look, Violation } from "./checks.ts";
import { WRITES } from "./faults.ts";
import { ORIGINS } from "./model.ts";
import { bornAt, nameOf } from "./model-jobs.ts";
import type { Run, World } from "./world.ts";
import type { Sent } from "./wire.ts";

/** How a run behaved and ended: S1, S5 (where requests went), S6 (exit 3), S9, S10, S11, and that nothing broke. */
export function checkRun(look: Look, run: Run): readonly Violation[] {
  const { world, count } = look;
  const { process } = run;
  const sent = world.log.slice(run.firstSent).filter((each) => each.by === process.pid);
  const writes = sent.filter((each) => WRITES.includes(each.op));
  const found: Violation[] = [];
  const say: Say = (check, message) => {
    found.push({ check, message: `process ${process.pid} (${run.command}): ${message}` });
  };
  if (run.error !== undefined && (!(run.error instanceof JobwrightError) || run.error.reason === "internal")) {
    const { error } = run;
    say("crash", `ended by ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  if (run.exit === 3) {
    count("exit 3");
    if (writes.length > 0) say("S6", `exit 3, but ${writes.length} writes were sent`);
  }
  const isReader = ["plan", "drift", "save"].includes(run.command);
  if (isReader || run.command === "hold" || run.command === "release" || run.command === "import") {
    count("runs that may write nothing");
    if (writes.length > 0) say("S6", `${run.command} sent writes`);
  }
  if (run.command === "apply saved") savedPlan(look, run, writes, say);
  if (run.exit === 130 && process.stoppedAt === undefined) say("S11", "exit 130, and nobody asked it to stop");
  for (const foreign of sent.filter(({ origin }) => origin !== ORIGINS.nimble && origin !== ORIGINS.blaxel))
    say("S5", `a request went to ${foreign.origin}`);
  bounds(look, run, sent, say);
  stopped(look, run, writes, say);
  repeated(look, sent, say);
  newKey(look, run, say);
  drift(look, run, say);
  found.push(...unseen(world, run), ...twoHolders(world, run));
  fenced(look, run, writes, say);
  return found;
}

/** Tells of something that a run broke. */
export type Say = (check: string, message: string) => void;

/** A saved plan is applied as saved or not at all, once, and only the very one that was written. */
function savedPlan({ world, count }: Look, run: Run, writes: readonly Sent[], say: Say): void {
  const { saved } = run;
  if (saved === undefined) return;
  count("saved plans applied or refused");
  if (saved.tampered && (writes.length > 0 || run.exit === 0)) say("plan", "a plan that was changed was applied");
  const times = world.runs.filter((each) => each.saved === saved && each.exit === 0).length;
  if (times > 1 && saved.actions.size > 0) say("plan", "a plan was applied twice");
  for (const { action } of run.finished) {
    if (saved.actions.get(action.address) !== action.action)
      say("plan", `${action.action} ${action.address} is not in the plan that was saved`);
  }
}

/** S9: no more requests, time, or requests at once than there is a reason for. */
function bounds({ world, count }: Look, run: Run, sent: readonly Sent[], say: Say): void {
  const { process, startedAt, endedAt, desired } = run;
  const { concurrency, maxWaitTotalMs } = { ...HTTP_DEFAULTS, ...world.options.http };
  count("runs within bounds");
  if (process.alive && endedAt === undefined) say("S9", "it hangs: it waits for something that never comes");
  const jobs = desired.size + 10;
  if (sent.length > 40 * jobs) say("S9", `${sent.length} requests for ${desired.size} jobs`);
  const crowd = sent.find(({ together }) => together > concurrency);
  if (crowd !== undefined) say("S9", `${crowd.together} requests at once, where ${concurrency} are allowed`);
  const nimble = sent.filter(({ origin }) => origin === ORIGINS.nimble);
  const rush = nimble.findIndex(({ at }, i) => (nimble[i - MOST_A_SECOND - 1]?.at ?? -1_000) > at - 1_000);
  if (rush >= 0) say("S9", `more than ${MOST_A_SECOND} requests to Nimble within a second`);
  // Each request may run into its deadline and be waited for; what was asked for is capped; a lock, a person, a lid.
  const requests = sent.reduce((sum, each) => sum + ((each.overAt ?? each.at) - each.at) + LONGEST_BACKOFF_MS, 0);
  const lid = process.suspendedUntil > startedAt ? process.suspendedUntil - startedAt : 0;
  const settling = (world.options.createSettleMs + 60_000) * 2;
  const allowed =
    requests +
    2 * maxWaitTotalMs +
    run.lockTimeoutMs +
    run.pondering * 5_000 +
    lid +
    settling +
    A_MINUTE * jobs +
    GIT_MS;
  const tookMs = (endedAt ?? startedAt) - startedAt;
  if (tookMs > allowed) say("S9", `it took ${Math.round(tookMs / 1000)} s, where ${Math.round(allowed / 1000)} may be`);
  const linesOf = new Map<string, Sent[]>();
  for (const each of sent) {
    const key = `${each.line} ${each.body ?? ""}`;
    linesOf.set(key, [...(linesOf.get(key) ?? []), each]);
  }
  for (const [line, same] of linesOf) {
    const quick = same.find((each, i) => {
      const four = same.slice(i, i + 4);
      return four.length === 4 && four.every((s) => s.status === 429) && (four[3]?.at ?? 0) - each.at < 100;
    });
    if (quick !== undefined) say("S9", `four times in 100 ms against 429: ${line}`);
  }
}

/** Nimble's documented limit is 83 a second; the client keeps below 80. */
const MOST_A_SECOND = 81;
const LONGEST_BACKOFF_MS = 20_000;
/** A Blaxel job that is still being deleted is waited for for a minute. */
const A_MINUTE = 60_000;
/** Tries and timeouts of git, where the remote is away. */
const GIT_MS = 3_600_000;

/** S11: after a stop signal no change starts, and the end comes within 7 seconds. */
function stopped({ count }: Look, run: Run, writes: readonly Sent[], say: Say): void {
  const { process } = run;
  const { stoppedAt } = process;
  if (stoppedAt === undefined) return;
  count("stop signals");
  const late = writes.filter((each) => each.at > Math.max(stoppedAt, process.suspendedUntil));
  if (late.length > 0) say("S11", `${late[0]?.line} was sent after the stop signal`);
  if (process.suspendedUntil > stoppedAt || run.endedAt === undefined) return;
  count("stops timed");
  if (run.endedAt - stoppedAt > 7_000) say("S11", `it took ${run.endedAt - stoppedAt} ms to stop`);
}

/** Ends of a POST that prove that nothing was made. */
const PROVEN = new Set(["unsent", "down", "503 told", "429", "429 bare", "429 odd", "conflict", "unauthorized"]);

/** Whether the end of a try proves what came of it: that nothing was done, or that it was done as answered. */
export function isProven({ fate, status }: Sent): boolean {
  const refused = ["invalid", "unpaid", "forbidden", "unsupported", "no such place", "redirect", "tls"];
  const isAnswered = ["none", "not taken", "meddling"].includes(fate) && status > 0;
  return PROVEN.has(fate) || refused.includes(fate) || isAnswered;
}

/** S1: where names are not unique, a create is sent again only after a try that made nothing for sure. */
function repeated({ count }: Look, sent: readonly Sent[], say: Say): void {
  const posts = new Map<string, Sent[]>();
  for (const each of sent.filter(({ op, origin }) => op === "create" && origin === ORIGINS.nimble)) {
    const name = nameOf(JSON.parse(each.body ?? "{}"));
    posts.set(name, [...(posts.get(name) ?? []), each]);
  }
  for (const [name, tries] of posts) {
    count("creates without unique names");
    const doubtful = tries.slice(0, -1).find(({ fate }) => !PROVEN.has(fate));
    if (doubtful !== undefined)
      say("S1", `${name} was sent again after a try that may have made it (${doubtful.fate})`);
  }
}

/** A new key of the same account is none of another account, as long as any owned job is there. */
function newKey({ world, count }: Look, run: Run, say: Say): void {
  if (!run.rotated || run.plan === undefined) return;
  const owned = Object.entries(run.before?.jobs ?? {});
  for (const target of ["nimble", "blaxel"] as const) {
    const there = world.model.jobs(run.accounts[target]);
    const lives = owned.some(([address, { id, createdAt = "" }]) => {
      const live = address.startsWith(`${target}/`) ? there.get(id) : undefined;
      return live !== undefined && bornAt(live) === Date.parse(createdAt);
    });
    if (!lives) continue;
    count("new keys of the same account");
    const lacked = world.model.reads.some((read) => read.by === run.process.pid && read.lacks !== undefined);
    const refused = run.plan.refusals.find(({ code, message }) => code === "JW3012" && message.startsWith(target));
    if (refused !== undefined && !lacked) say("key", `a new key was refused: ${refused.message}`);
  }
}

/** The run that got the lock after this one. */
function successor(world: World, run: Run): Run | undefined {
  return run.opening === undefined ? undefined : world.runs.find((each) => each.opening === (run.opening ?? 0) + 1);
}

/** S10: whoever is awake, and can write its heartbeat, keeps the lock. */
function twoHolders(world: World, run: Run): readonly Violation[] {
  const { process } = run;
  const next = successor(world, run);
  const hindered = process.suspendedUntil > 0 || process.faults.length > 0;
  if (next?.openedAt === undefined || hindered || (!process.alive && run.endedAt === undefined)) return [];
  // A push that lets go has done so some time before its answer comes.
  const answerMs = world.place.kind === "git" ? 500 : 0;
  if (run.endedAt !== undefined && run.endedAt <= next.openedAt + answerMs) return [];
  return [{ check: "S10", message: `processes ${process.pid} and ${next.process.pid} held the lock at once` }];
}

/** S10: whoever lost the lock may have one write on its way, and starts no other. */
function fenced({ world, count }: Look, run: Run, writes: readonly Sent[], say: Say): void {
  const next = successor(world, run);
  if (next?.openedAt === undefined || (run.endedAt !== undefined && run.endedAt <= next.openedAt)) return;
  const { openedAt } = next;
  const late = writes.filter((each) => each.at > openedAt);
  count("fenced holders");
  if (late.length > 1) say("S10", `${late.length} writes after process ${next.process.pid} had the lock`);
  // Asking for the lock and sending cannot be one act: one write may still leave.
  for (const commit of world.model.commits) {
    if (commit.by !== run.process.pid || commit.op !== "create" || (commit.sentAt ?? 0) <= openedAt) continue;
    count("creates within the last window");
    world.forgotten.add(`${commit.account}/${commit.id}`);
  }
}
