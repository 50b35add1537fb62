import type { Address, LiveJob } from "../model/job.ts";
import { splitAddress } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { byName, type JobsByName } from "../plan/by-name.ts";
import type { Settlement, StateSession } from "../state/store.ts";
import { type ApplyContext, clientOf, entryFor } from "./context.ts";
import { withoutIdentity } from "./entry.ts";
import { replacementEntry } from "./replace.ts";

/** The intents of a run, durable, and what the last look before them found. */
export interface Intended {
  readonly intents: ReadonlyMap<Address, Intent>;
  /** Creates whose name is taken by now: they are not begun. */
  readonly taken: ReadonlyMap<Address, readonly LiveJob[]>;
}

/**
 * Makes all intents of a run durable at once. Where names are not unique (Nimble), each create is looked up once more
 * right before: the list that the plan rests on may be old, or may have lacked the job.
 */
export async function intend(context: ApplyContext, actions: readonly Action[]): Promise<Intended> {
  const taken = new Map<Address, readonly LiveJob[]>();
  const look = lookUps(context, actions);
  const planned = new Map([...context.input.live].map(([target, jobs]) => [target, byName(jobs)]));
  const drafts = await Promise.all(
    actions.map(async (action) => {
      const { draft, strangers } = await draftOf(context, action, look, planned);
      if (strangers.length > 0) taken.set(action.address, strangers);
      return draft;
    }),
  );
  const made = await context.session.intend(drafts.filter((draft) => !taken.has(draft.address)));
  return { intents: new Map(made.map((intent) => [intent.address, intent])), taken };
}

/**
 * Ends of creates of earlier runs that nobody could decide on: now that a job of their address is ours, whoever made it,
 * they are of no account any more.
 */
export function overtaken(
  { state: { open, jobs } }: Pick<StateSession, "state">,
  results: ReadonlyMap<Address, ActionResult>,
  own: ReadonlyMap<Address, Intent>,
): readonly Settlement[] {
  return open
    .filter(({ action, address, seq }) => action === "create" && own.get(address)?.seq !== seq)
    .filter(({ address }) => results.get(address)?.class === "done" && jobs[address] !== undefined)
    .map(({ seq }) => ({ seq, kind: "not-done" }));
}

type Draft = Omit<Intent, "seq" | "run" | "at">;

async function draftOf(
  context: ApplyContext,
  action: Action,
  look: LookUp,
  planned: ReadonlyMap<string, JobsByName>,
): Promise<{ draft: Draft; strangers: readonly LiveJob[] }> {
  const { desired } = action;
  const makes = action.requests[0]?.method === "POST" && desired !== undefined;
  const common = {
    address: action.address,
    target: action.target,
    ...(action.id === undefined ? {} : { id: action.id }),
    name: desired?.name ?? splitAddress(action.address).name,
    apiVersion: desired?.apiVersion ?? action.base?.apiVersion ?? "nimbleway.com/v1",
  };
  if (!makes) return { draft: { ...common, action: action.action === "delete" ? "delete" : "update" }, strangers: [] };
  const known = planned.get(action.target)?.get(desired.name) ?? [];
  const found = await look(action);
  const ids = new Set([...known, ...found].map((job) => job.id));
  const strangers = action.action === "create" ? found.filter((job) => !isLeftOver(context, job)) : [];
  const none = { id: "", facts: {} };
  const entry =
    action.action === "replace"
      ? replacementEntry(context, action, none)
      : entryFor(context, desired, none, withoutIdentity(action.base));
  return { draft: { ...common, action: "create", job: withoutId(entry), before: [...ids].sort() }, strangers };
}

type LookUp = (action: Action) => Promise<readonly LiveJob[]>;

/** Of so many creates of a target, each is searched for by its name; of more than there are pages, a list is read. */
export const MOST_SEARCHES = 20;

/**
 * The last look before creates where names are not unique: a search for each of a few (a list that lacked a job may lack
 * it again), one fresh list for many. (v2 has no search, so there it is always the list.)
 */
function lookUps(context: ApplyContext, actions: readonly Action[]): LookUp {
  const lists = new Map<string, Promise<JobsByName>>();
  const listed = (target: string): Promise<JobsByName> => {
    const known = lists.get(target) ?? clientOf(context, { target }).list().then(byName);
    lists.set(target, known);
    return known;
  };
  const creates = new Map<string, number>();
  for (const { target, requests } of actions) {
    if (requests[0]?.method === "POST") creates.set(target, (creates.get(target) ?? 0) + 1);
  }
  return async ({ target, desired }) => {
    if (desired?.provider !== "nimble") return [];
    const pages = Math.ceil((context.input.live.get(target)?.length ?? 0) / PAGE) + 1;
    const few = Math.max(MOST_SEARCHES, pages);
    if (desired.apiVersion === "nimbleway.com/v1" && (creates.get(target) ?? 0) <= few) {
      return clientOf(context, { target }).find(desired.name, desired.apiVersion);
    }
    return (await listed(target)).get(desired.name) ?? [];
  };
}

/** Jobs on a page of a list. */
const PAGE = 200;

/** A job that the state knows as ours to delete does not stand in the way of its successor. */
function isLeftOver(context: ApplyContext, job: LiveJob): boolean {
  return Object.values(context.session.state.jobs).some((entry) => entry.doomed?.some((old) => old.id === job.id));
}

function withoutId({ id: _, ...entry }: JobState): NonNullable<Draft["job"]> {
  return JSON.parse(JSON.stringify(entry)) as NonNullable<Draft["job"]>;
}
