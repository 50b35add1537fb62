import type { JobState } from "../../src/model/state.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Say } from "./check-runs.ts";
import type { Look } from "./checks.ts";
import type { SimJob } from "./jobs.ts";
import { accountOfRun, foreignBetween, jobAt, knownTo } from "./ledger.ts";
import { objectAt } from "./model-jobs.ts";
import type { Run } from "./world.ts";

/** `drift` says 2 where somebody changed what is declared, and 0 where nobody did, and nothing else went wrong. */
export function drift({ world, count }: Look, run: Run, say: Say): void {
  if (run.command !== "drift" || (run.exit !== 0 && run.exit !== 2)) return;
  const { plannedAt = run.startedAt, plannedUpTo = 0, process } = run;
  const owned = Object.entries(run.before?.jobs ?? {}).map(([address, entry]) => {
    const where = { account: accountOfRun(run, address), id: entry.id };
    return { address, entry, where, known: knownTo(world, process.pid, where, plannedAt, true) };
  });
  for (const { address, entry, where, known } of owned) {
    const job = run.desired.get(address);
    const live = jobAt(world, where, known);
    if (job === undefined || live === undefined || entry.hold !== undefined || !hasMoved(job, live, entry)) continue;
    count("drifts to be told");
    if (run.exit === 0) say("drift", `${address} is not as it was applied, and drift says that nothing is`);
  }
  const before = world.runs.slice(0, world.runs.indexOf(run));
  const untouched = owned.every(({ where }) => foreignBetween(world, where, 0, plannedUpTo).length === 0);
  const smooth = before.every(({ process: p, exit = 1 }) => p.alive && (exit === 0 || exit === 2));
  // What a replica that lags shows has moved, as far as anybody can tell.
  const lagged = world.log.some(({ by, fate }) => by === process.pid && fate === "stale read");
  if (lagged || !untouched || !smooth || world.forgotten.size > 0 || owned.length === 0) return;
  count("drifts that nobody made");
  const said = (run.plan?.actions ?? []).map((action) => `${action.action} ${action.address}`);
  if (run.exit === 2) say("drift", `nobody changed anything, and drift was told of: ${said.join(", ")}`);
}

/** Whether a plain field that Git has as it was applied is another one live. */
function hasMoved(job: SimJob, live: JsonObject, { declared }: JobState): boolean {
  if (job.literal !== undefined) return false;
  const spec = objectAt(declared, "spec");
  if (job.provider === "nimble") {
    const { cron } = objectAt(spec, "schedule");
    return cron === job.cron && objectAt(live, "schedule")["cron"] !== cron;
  }
  const { memory } = objectAt(spec, "runtime");
  return memory === 1024 + job.value && objectAt(objectAt(live, "spec"), "runtime")["memory"] !== memory;
}
