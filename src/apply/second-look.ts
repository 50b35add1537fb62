import type { Address, DesiredJob, LiveJob } from "../model/job.ts";
import type { Action, Change } from "../model/plan.ts";
import { diffMatch } from "../plan/action.ts";
import { byName } from "../plan/by-name.ts";
import { type ApplyContext, clientOf } from "./context.ts";

/** A job that was written to. */
export interface Touched {
  readonly action: Action;
  readonly desired: DesiredJob;
  /** Of a job that was made. */
  readonly id: string | undefined;
  /** What the answer to the write did not show yet. */
  readonly answered: readonly Change[];
}

/** What a second look found. */
export interface SecondLook {
  /** What differs still. */
  readonly notConverged: ReadonlyMap<Address, readonly Change[]>;
  /** All live jobs of a name under which one was made and more than one stands, where names are not unique. */
  readonly twins: ReadonlyMap<Address, readonly LiveJob[]>;
}

/**
 * Reads what was touched once more: what differs still did not converge; a job that was made and has a twin by now was
 * made twice. Costs one list, or a read for each of a few. Where that cannot be read (or is not to be: `mayRead`), the
 * answer to the write is the last that is known.
 */
export async function lookAgain(
  context: ApplyContext,
  touched: readonly Touched[],
  mayRead: boolean,
): Promise<SecondLook> {
  const reads = mayRead && !context.runtime.signal.aborted;
  const seen = await (reads ? readAgain(context, touched) : NOTHING_SEEN).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    context.runtime.log(`could not look again at what was applied: ${why}`);
    return NOTHING_SEEN;
  });
  const notConverged = new Map<Address, readonly Change[]>();
  const twins = new Map<Address, readonly LiveJob[]>();
  for (const each of touched) {
    const { job, twins: others } = seen.get(each.action.address) ?? {};
    const left = job === undefined ? each.answered : leftOf(context, each, job);
    if (left.length > 0) notConverged.set(each.action.address, left);
    if (job !== undefined && others !== undefined && others.length > 0)
      twins.set(each.action.address, [job, ...others]);
  }
  return { notConverged, twins };
}

function leftOf(context: ApplyContext, { action, desired }: Touched, live: LiveJob): readonly Change[] {
  if (action.keepsBase) return [];
  const state = context.session.state.jobs[action.address];
  const input = { ...context.input, flags: { ...context.input.flags, rotate: [] } };
  const diff = diffMatch(input, { desired, live, ...(state === undefined ? {} : { state }) });
  return (diff?.changes ?? []).filter((c) => state !== undefined || !diff?.unverifiable.includes(c.path));
}

interface Seen {
  readonly job: LiveJob | undefined;
  readonly twins: readonly LiveJob[];
}

const NOTHING_SEEN: Promise<ReadonlyMap<Address, Seen>> = Promise.resolve(new Map());

async function readAgain(context: ApplyContext, touched: readonly Touched[]): Promise<ReadonlyMap<Address, Seen>> {
  const seen = new Map<Address, Seen>();
  const look = async (target: string): Promise<void> => {
    const here = touched.filter(({ action }) => action.target === target);
    const client = clientOf(context, { target });
    const pages = Math.ceil((context.input.live.get(target)?.length ?? 0) / PAGE) + 1;
    const jobs = here.length > pages ? await client.list() : undefined;
    const names = jobs === undefined ? undefined : byName(jobs);
    for (const each of here) {
      const { name, apiVersion } = each.desired;
      const id = each.id ?? context.session.state.jobs[each.action.address]?.id ?? each.action.id;
      if (id === undefined) continue;
      const wasMade = isNewByName(each);
      const named = names?.get(name) ?? (wasMade && jobs === undefined ? await client.find(name, apiVersion) : []);
      const job = named.find((other) => other.id === id) ?? (jobs ? undefined : await client.get(id, { apiVersion }));
      // The one that a replace deleted may still be shown for a moment.
      const others = named.filter((other) => ![id, each.action.live?.id].includes(other.id));
      seen.set(each.action.address, { job, twins: wasMade ? others : [] });
    }
  };
  await Promise.all([...new Set(touched.map(({ action }) => action.target))].map(look));
  return seen;
}

/** Jobs on a page of a list. */
const PAGE = 200;

/** Whether it made a job where names are not unique. */
function isNewByName({ action, desired }: Touched): boolean {
  return desired.provider === "nimble" && action.requests[0]?.method === "POST";
}
