import type { Recipe, Report } from "./run.ts";
import { play } from "./run.ts";
import type { Run, World } from "./world.ts";

/** Plays a recipe and tells everything that happened, a line each, in the order of its time. */
export async function trace(recipe: Recipe): Promise<{ readonly report: Report; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  let world: World | undefined;
  const note = (what: string): void => {
    lines.push(`${String(world?.kernel.now ?? 0).padStart(10)}  ${what}`);
  };
  const report = await play(recipe, undefined, (made) => {
    world = made;
    listen(made.lines, ({ by, text }) => note(`process ${by} says: ${text}`));
    listen(made.log, ({ by, line, fate, body }) =>
      note(`process ${by} sends ${line}${fate === "none" ? "" : ` (${fate})`} ${body ?? ""}`),
    );
    listen(made.model.commits, ({ by, op, account, id, name, sentAt }) =>
      note(`${by} ${op} ${account}/${id} ${name}${sentAt === undefined ? "" : `, sent at ${sentAt}`}`),
    );
    listen(made.runs, (run) => note(`process ${run.process.pid} starts: ${run.command}; owned: ${ownedBy(run)}`));
  });
  for (const run of world?.runs ?? []) lines.push(...endOf(run));
  return { report, lines };
}

/** Calls `told` with each item that is added to a list from now on. */
function listen<T>(list: T[], told: (item: T) => void): void {
  const push = list.push.bind(list);
  list.push = (...items) => {
    for (const item of items) told(item);
    return push(...items);
  };
}

function ownedBy({ before }: Run): string {
  const jobs = Object.entries(before?.jobs ?? {}).map(([address, { id, doomed }]) => {
    return doomed === undefined ? `${address} ${id}` : `${address} ${id} (and to delete: ${doomed.map((d) => d.id)})`;
  });
  const open = (before?.open ?? []).map(({ action, address }) => `${action} ${address}`);
  return [...jobs, ...open.map((each) => `open: ${each}`)].join(", ") || "nothing";
}

function endOf(run: Run): readonly string[] {
  const { process, startedAt, openedAt, plannedAt, endedAt, exit, error, plan } = run;
  const end = process.diedAt === undefined ? `exit ${exit} at ${endedAt}` : `died ${process.diedAt}, ${process.diedOn}`;
  const times = `from ${startedAt}, lock ${openedAt ?? "-"}, plan ${plannedAt ?? "-"}`;
  const why = error instanceof Error ? `: ${error.message}` : "";
  const stopped = process.stoppedAt === undefined ? "" : `, asked to stop at ${process.stoppedAt}`;
  const files = process.faults.length === 0 ? "" : `, files failed: ${process.faults.join("; ")}`;
  return [
    `process ${process.pid} (${run.command}): ${end}${why} (${times}${stopped}${files})`,
    ...(plan?.actions ?? []).map(({ action, address, id, changes }) => {
      const what = changes.map(({ path, cause }) => `${path} (${cause})`).join(", ");
      return `  planned: ${action} ${address} ${id ?? ""} ${what}`;
    }),
    ...(plan?.refusals ?? []).map(({ code, message }) => `  refused: ${code} ${message}`),
    ...run.finished.map(
      ({ at, action, result }) =>
        `  ${at}: ${action.action} ${action.address}: ${result.status} ${result.class} ${result.error?.message ?? ""}`,
    ),
  ];
}
