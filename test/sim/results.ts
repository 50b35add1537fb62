import { JobwrightError } from "../../src/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { visible } from "./check-state.ts";
import type { Look, Violation } from "./checks.ts";
import { missing, type SimJob } from "./jobs.ts";
import { accountOfRun, jobAt, knownTo, type Where } from "./ledger.ts";
import type { Finished, Run, World } from "./world.ts";

/** S6: what a run said of its actions, and by its exit code, against what the platforms know. */
export async function checkResults(look: Look): Promise<readonly Violation[]> {
  const found: Violation[] = [...brokenClaims(look)];
  for (const run of look.runs) {
    for (const finished of run.finished) {
      if (finished.result.status !== "applied") continue;
      found.push(...heldThen(look, run, finished), ...(await recordedThen(look, run, finished)));
    }
    found.push(...exitZero(look, run));
  }
  return found;
}

/** "Not done" means never: no commit of that run for that job, then or later. */
function brokenClaims({ world, commits, count }: Look): readonly Violation[] {
  return world.runs.flatMap((run) =>
    run.finished.flatMap(({ action, result }): Violation[] => {
      if (result.class !== "not-done" && result.class !== "not-sent") return [];
      // Of a replace that failed, "not done" is said of the step that did; the ones before it happened.
      const ofAStep = action.action === "replace" && result.status === "failed";
      if (result.status === "applied" || ofAStep) return [];
      count("claims of not done");
      const commit = commits.find(
        (each) =>
          each.by === run.process.pid && `${each.provider}/${each.name}` === action.address && each.op !== "gone",
      );
      if (commit === undefined) return [];
      const said = `${result.status}, ${result.class} (${result.reason}: ${result.error?.message})`;
      return [{ check: "S6", message: `${action.address} was called ${said}, but ${commit.op} happened` }];
    }),
  );
}

/** "Applied" means that the platform held what was asked for when the run looked for the last time. */
function heldThen({ world, count }: Look, run: Run, finished: Finished): readonly Violation[] {
  const { action, result } = finished;
  const job = run.desired.get(action.address);
  if (job === undefined || action.requests.length === 0 || run.heals) return [];
  const account = accountOfRun(run, action.address);
  const where = { account, id: job.provider === "blaxel" ? job.name : (result.id ?? action.id ?? "") };
  const known = knownTo(world, run.process.pid, where, finished.at, true);
  const live = jobAt(world, where, known);
  if (live === undefined)
    return [{ check: "S6", message: `${action.address} was called applied, but there is no ${where.id}` }];
  count("claims of applied");
  // What the answer already showed to be another is told of, and the exit code is 1.
  const told = (result.notConverged ?? []).map(({ path }) => path.slice(path.lastIndexOf("/")));
  const left = unlike(world, run, job, where, live).filter((path) => !told.some((each) => path.endsWith(each)));
  if (left.length === 0) return [];
  return [{ check: "S6", message: `${action.address} was called applied, but not so: ${left.join(", ")}` }];
}

/** "Applied" means that it is kept, too; with git, that it is, or that what is kept leads the next run to it. */
async function recordedThen({ world, count }: Look, run: Run, finished: Finished): Promise<readonly Violation[]> {
  const { action, result, kept } = finished;
  count("claims of recorded");
  const read = await world.place.read(kept);
  const state = read instanceof JobwrightError ? undefined : read;
  const entry = state?.jobs[action.address];
  // Earlier creates that nobody could decide on are closed at the end of the run.
  const before = new Set(run.before?.open.map((intent) => intent.seq));
  const open = state?.open.some((intent) => intent.address === action.address && !before.has(intent.seq));
  const id = result.id ?? action.id;
  const gone = action.action === "delete" || action.action === "forget";
  const isKept = gone ? entry === undefined : entry?.id === id;
  // Adopting or forgetting what needs no write has no intent: the next run does it again.
  const later = world.place.kind === "git" && (open || action.requests.length === 0);
  if ((isKept && !open) || later) return [];
  return [{ check: "S2", message: `${action.address} was called applied (${action.action}) before that was recorded` }];
}

/** S6, S8: exit 0 of an apply means that all that is declared is as declared, as far as the run could see. */
function exitZero({ world, count }: Look, run: Run): readonly Violation[] {
  if (run.command !== "apply" || run.exit !== 0 || run.heals) return [];
  count("applies with exit 0");
  return [...run.desired].flatMap(([address, job]): Violation[] => {
    const until = run.before?.jobs[address]?.hold?.until;
    if (until !== undefined) return [];
    const account = accountOfRun(run, address);
    // What was written is looked at once more at the end; of the rest the plan's view is the last one.
    const isWritten = run.finished.some(({ action }) => action.address === address && action.requests.length > 0);
    const end = (isWritten ? run.endedAt : run.plannedAt) ?? world.kernel.now;
    const named = [...idsNamed(world, account, job.name)];
    const left = named.map((id) => {
      const live = jobAt(world, { account, id }, knownTo(world, run.process.pid, { account, id }, end, true));
      return live === undefined ? [`there is no ${id}`] : unlike(world, run, job, { account, id }, live);
    });
    if (left.some((paths) => paths.length === 0)) return [];
    return [{ check: "S6", message: `exit 0, but ${address} is not as declared: ${left.flat().join(", ")}` }];
  });
}

function idsNamed(world: World, account: string, name: string): ReadonlySet<string> {
  return new Set(world.model.commits.filter((c) => c.account === account && c.name === name).map(({ id }) => id));
}

/** What differs and should not: not a schedule that somebody paused, unless the run was to switch such on. */
function unlike(world: World, run: Run, job: SimJob, { account, id }: Where, live: JsonObject): readonly string[] {
  // Behind a mask there is nothing to see: an old view of a secret that is right by now tells nobody anything.
  const now = jobAt(world, { account, id }, world.model.commits.length);
  const right = (path: string): boolean => now !== undefined && !missing(job, now).includes(path);
  const paths = visible(world, `${account}/${id}`, missing(job, live)).filter(
    (path) => !path.endsWith("/value") || !right(path),
  );
  return run.resume ? paths : paths.filter((path) => !path.endsWith("/enabled"));
}
