import { isProven } from "./check-runs.ts";
import type { Look, Violation } from "./checks.ts";
import { WRITES } from "./faults.ts";
import { nameAt } from "./ledger.ts";
import { nameOf } from "./model-jobs.ts";
import type { Sent } from "./wire.ts";
import type { Finished, Run, World } from "./world.ts";

/** An outcome that a run could not tell. */
export interface Unknown {
  readonly address: string;
  readonly by: Run;
  /** The intents that stayed open for it. */
  readonly open: readonly number[];
}

/** S6: `unknown` is said where nobody could know, and nowhere else; the next run that plans settles it. */
export function checkUnknown(look: Look): readonly Violation[] {
  const { world, runs, state, count } = look;
  const planned = runs.some((run) => run.command === "apply" && run.plannedAt !== undefined);
  for (const each of planned ? world.unknowns.splice(0) : []) {
    const isOpen = state?.open.some(({ seq }) => each.open.includes(seq)) === true;
    count(isOpen ? "unknown outcomes that stay open" : "unknown outcomes settled by the next run");
  }
  return runs.flatMap((run) =>
    run.finished.flatMap((finished): readonly Violation[] => {
      const { action, result } = finished;
      if (result.class !== "unknown") return [];
      count("unknown outcomes reported");
      const open = (state?.open ?? []).filter((each) => each.address === action.address).map(({ seq }) => seq);
      world.unknowns.push({ address: action.address, by: run, open });
      if (couldNotKnow(world, run, finished)) {
        count("unknown outcomes that nobody could know");
        return [];
      }
      return [
        {
          check: "S6",
          message: `${action.address} was called unknown, but its tries had told (${result.error?.message})`,
        },
      ];
    }),
  );
}

/** Whether some try of the action's writes ended without proof of what came of it. */
function couldNotKnow(world: World, run: Run, { action, result }: Finished): boolean {
  const ids = new Set([action.id, result.id, nameAt(action.address), ...(action.doomed ?? [])]);
  const isAbout = ({ op, line, body }: Sent): boolean =>
    op === "create" ? nameOf(JSON.parse(body ?? "{}")) === nameAt(action.address) : ids.has(line.split("/").at(-1));
  return world.log
    .slice(run.firstSent)
    .some((sent) => sent.by === run.process.pid && WRITES.includes(sent.op) && isAbout(sent) && !isProven(sent));
}
