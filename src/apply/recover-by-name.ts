import { canonical } from "../document/canonical.ts";
import { isList, isObject, own, type Value } from "../model/document.ts";
import { type LiveJob, splitAddress } from "../model/job.ts";
import type { Intent } from "../model/state.ts";
import { isOwned } from "../plan/match.ts";
import { BaseSecret } from "../plan/shape.ts";
import { sentBy } from "./kin.ts";
import type { Open, RecoverContext } from "./recover.ts";

/** Who made the jobs that the state says we made, as the platform names them; empty where nobody can tell. */
export type OurNames = (open: Open) => Promise<ReadonlySet<string>>;

/** What stands under the name of a create where names are unique (Blaxel): ours, somebody else's, or nothing. */
export async function lookByName(
  context: RecoverContext,
  open: Open,
  ourNames: OurNames,
): Promise<{ readonly found: readonly LiveJob[]; readonly stranger?: LiveJob }> {
  const { intent, client } = open;
  const live = await client.get(intent.name, { apiVersion: intent.apiVersion });
  if (live === undefined || live.facts.status === "DELETING") return { found: [] };
  const ours = isOursByNow(context, intent, live) || isOurs(context, intent, live, await ourNames(open));
  return ours ? { found: [live] } : { found: [], stranger: live };
}

/** Whether the state owns a live job under the address of an intent already. */
export function isOursByNow({ session }: Pick<RecoverContext, "session">, { address }: Intent, live: LiveJob): boolean {
  const owned = session.state.jobs[address];
  return owned?.id === live.id && isOwned(owned, live);
}

/**
 * The name was free when our create was planned. What stands there is ours if it is what we sent, unless the platform
 * names somebody else as its maker. If it is something else, it is ours only where it was made when our create was under
 * way and changed since: then by its maker, or, where nobody knows that and jobs may be adopted, all the same.
 */
function isOurs({ adopt }: RecoverContext, intent: Intent, live: LiveJob, ours: ReadonlySet<string>): boolean {
  const { createdAt, createdBy, updatedAt } = live.facts;
  const known = createdBy !== undefined && ours.size > 0;
  if (known && !ours.has(createdBy)) return false;
  if (holds(live.document, sentBy(intent))) return true;
  const changedSince = createdAt !== undefined && updatedAt !== undefined && updatedAt !== createdAt;
  return changedSince && wasBornThen(createdAt, intent) && (known || adopt === "allow");
}

/** Our creates leave at most so long after their intent where nothing holds them up. */
const UNDER_WAY_MS = 600_000;

function wasBornThen(createdAt: string, intent: Intent): boolean {
  return Math.abs(Date.parse(createdAt) - Date.parse(intent.at)) <= UNDER_WAY_MS;
}

/** Reads the names when they are first asked for, each target's once. */
export function ourNames({ session }: RecoverContext): OurNames {
  const read = async ({ intent: { target }, client }: Open): Promise<ReadonlySet<string>> => {
    const born = new Map(
      Object.entries(session.state.jobs)
        .filter(([address, job]) => splitAddress(address).target === target && !job.adopted)
        .map(([, { id, createdAt }]) => [id, createdAt]),
    );
    const jobs = born.size === 0 ? [] : await client.list();
    const made = jobs.filter(({ id, facts }) => facts.createdAt !== undefined && facts.createdAt === born.get(id));
    return new Set(made.flatMap(({ facts }) => facts.createdBy ?? []));
  };
  const known = new Map<string, Promise<ReadonlySet<string>>>();
  return (open) => {
    const names = known.get(open.intent.target) ?? read(open);
    known.set(open.intent.target, names);
    return names;
  };
}

/** Whether a live job holds what was sent: secrets are masked, and the platform may add keys and reorder lists. */
function holds(live: Value | undefined, sent: Value): boolean {
  if (sent instanceof BaseSecret) return live !== undefined && live !== null;
  if (isObject(sent)) {
    return Object.entries(sent).every(
      ([key, value]) => value === null || holds(isObject(live) ? own(live, key) : undefined, value),
    );
  }
  if (isList(sent) && sent.some(isObject)) {
    if (!isList(live) || live.length !== sent.length) return false;
    const left = [...live];
    return sent.every((item) => {
      const at = left.findIndex((other) => holds(other, item));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }
  if (live === undefined || live === null) return isList(sent) && sent.length === 0;
  return canonical(live) === canonical(sent);
}
