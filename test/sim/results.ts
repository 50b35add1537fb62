import { JobwrightError } from "../../src/errors.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { createMemoryDisk, type MemoryDisk } from "../state/support/memory-disk.ts";
import { type Look, touched, type Violation } from "./checks.ts";
import { accountOf, missing } from "./jobs.ts";
import { hostOf } from "./process.ts";
import type { Finished, Run } from "./world.ts";

/** S6: what a run said of its actions, against what the platforms know. */
export async function checkResults(look: Look): Promise<readonly Violation[]> {
  const found: Violation[] = [...brokenClaims(look)];
  for (const run of look.runs) {
    for (const finished of run.finished) {
      if (finished.result.status !== "applied") continue;
      found.push(...heldThen(look, run, finished), ...(await recordedThen(look, run, finished)));
    }
  }
  return found;
}

/** "Not done" means never: no commit of that run for that job, then or later. */
function brokenClaims({ world, commits, count }: Look): readonly Violation[] {
  return world.runs.flatMap((run) =>
    run.finished.flatMap(({ action, result }): Violation[] => {
      if (result.class !== "not-done" && result.class !== "not-sent") return [];
      if (result.status === "applied" || action.action === "replace") return [];
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

/** "Applied" means that the platform held what was asked for at that moment. */
function heldThen({ world, count }: Look, run: Run, finished: Finished): readonly Violation[] {
  const { action, result } = finished;
  const job = run.desired.get(action.address);
  if (job === undefined || action.requests.length === 0) return [];
  const account = accountOf(job.provider, run.key);
  const id = job.provider === "blaxel" ? job.name : (result.id ?? action.id ?? "");
  const last = world.model.commits
    .slice(0, finished.commits)
    .findLast((each) => each.account === account && each.id === id);
  if (last === undefined)
    return [{ check: "S6", message: `${action.address} was called applied, but there is no ${id}` }];
  if (touched(world, { account, id, at: finished.at }, run.startedAt - 2_000)) return [];
  count("claims of applied");
  const left = missing(job, last.after ?? {}).filter((path) => !(world.blurred && path.endsWith("/value")));
  if (left.length === 0) return [];
  return [{ check: "S6", message: `${action.address} was called applied, but not so: ${left.join(", ")}` }];
}

/** "Applied" means that it is on the disk, too. */
async function recordedThen({ count }: Look, run: Run, finished: Finished): Promise<readonly Violation[]> {
  const { action, result } = finished;
  count("claims of recorded");
  const store = createFileStore({
    directory: "/project/.jobwright",
    environment: "",
    disk: diskOf(finished.disk),
    host: hostOf(new Map(), 0),
    clock: run.process.clock(() => 0),
    random: () => 0,
  });
  const state = await store.read().catch((error: unknown) => {
    if (error instanceof JobwrightError) return undefined;
    throw error;
  });
  const entry = state?.jobs[action.address];
  const open = state?.open.some((intent) => intent.address === action.address);
  const id = result.id ?? action.id;
  const gone = action.action === "delete" || action.action === "forget";
  const kept = gone ? entry === undefined : entry?.id === id;
  if (kept && !open) return [];
  return [{ check: "S2", message: `${action.address} was called applied (${action.action}) before that was recorded` }];
}

function diskOf(dump: Readonly<Record<string, string>>): MemoryDisk {
  const disk = createMemoryDisk([]);
  for (const [path, content] of Object.entries(dump)) {
    if (path === "/") continue;
    if (content === "directory") disk.putDirectory(path);
    else disk.put(path, content);
  }
  return disk;
}
