import { RefusedError } from "../errors.ts";
import type { Refusal } from "../model/plan.ts";
import { identities } from "../plan/guard.ts";
import { isOwned } from "../plan/match.ts";
import { haveOtherCredentials, type Owned, otherCredentials, ownedOn } from "../plan/missing.ts";
import type { ProviderClient } from "../providers/provider.ts";
import { credentialsOf, type EstateOptions } from "./estate.ts";

/** So many owned jobs are looked for, one after the other; the first that is there will do. */
const MOST_LOOKED_FOR = 20;

/**
 * What an earlier run left open is decided by what is there and what is not, which another account would answer wrongly:
 * throws RefusedError where a target with something open is another one than the state's, or is reached with other
 * credentials and nothing that is owned there is found.
 */
export async function checkAccounts(
  options: EstateOptions,
  clients: ReadonlyMap<string, ProviderClient>,
): Promise<void> {
  const { state, flags } = options;
  if (state === undefined) return;
  const credentials = credentialsOf(options, clients);
  const refusals: Refusal[] = [];
  for (const target of new Set(state.open.map((intent) => intent.target))) {
    const client = clients.get(target);
    if (client === undefined) continue;
    refusals.push(...identities({ state, targets: { [target]: client.identity } }));
    if (flags.acceptMissing || !haveOtherCredentials({ state, credentials }, target)) continue;
    const owned = ownedOn(state, target);
    if (!(await isOneThere(client, owned))) refusals.push(otherCredentials(target, owned));
  }
  if (refusals.length > 0) throw new RefusedError(refusals);
}

async function isOneThere(client: ProviderClient, owned: readonly Owned[]): Promise<boolean> {
  for (const [, entry] of owned.slice(0, MOST_LOOKED_FOR)) {
    const live = await client.get(entry.id, { apiVersion: entry.apiVersion });
    if (live !== undefined && isOwned(entry, live)) return true;
  }
  return false;
}
