import type { Look, Violation } from "./checks.ts";
import { accountOf, missing } from "./jobs.ts";
import type { Commit } from "./model.ts";
import { nameOf } from "./model-jobs.ts";
import type { World } from "./world.ts";

/** What the state holds and what is live, after a step: S1, S2, S5. */
export function checkState(look: Look, lines: World["lines"]): readonly Violation[] {
  remember(look);
  return [...duplicates(look), ...forgotten(look), ...leaks(look, lines)];
}

/** When entries were first seen, and what the state got back that it was made to forget. */
function remember({ world, state }: Look): void {
  for (const [address, entry] of Object.entries(state?.jobs ?? {})) {
    const key = entryKey(address, entry);
    if (!world.entries.has(key)) world.entries.set(key, world.kernel.now);
    const account = accountOf(address.startsWith("nimble/") ? "nimble" : "blaxel", "a");
    for (const { id } of [entry, ...(entry.doomed ?? [])]) world.forgotten.delete(`${account}/${id}`);
  }
}

/** Tells an entry of the state from a later one of the same job. */
export function entryKey(address: string, { id, appliedAt }: { id: string; appliedAt: string }): string {
  return `${address} ${id} ${appliedAt}`;
}

/** S1: of what we made under one name, one is live at most (but for an old one that a replace still has to delete). */
function duplicates({ world, state, count }: Look): readonly Violation[] {
  const made = new Map<string, string[]>();
  for (const { id, name, provider, account } of madeByUs(world)) {
    const key = `${provider}/${name}`;
    const entry = state?.jobs[key];
    if (world.forgotten.has(`${account}/${id}`) || entry?.doomed?.some((old) => old.id === id)) continue;
    if (isBelated(world, account, id)) continue;
    // A replace between its create and the record of it.
    const open = state?.open.some((intent) => intent.address === key && intent.action === "create");
    if (open && entry !== undefined && entry.id === id) continue;
    made.set(key, [...(made.get(key) ?? []), id]);
  }
  count("names looked at for duplicates", made.size);
  return [...made].flatMap(([key, ids]) =>
    ids.length > 1 ? [{ check: "S1", message: `${ids.length} live jobs of ours for ${key}: ${ids.join(", ")}` }] : [],
  );
}

/** What processes of ours made and nobody deleted. */
function madeByUs(world: World): readonly Commit[] {
  const made = new Map<string, Commit>();
  for (const commit of world.model.commits) {
    const key = `${commit.account}/${commit.id}`;
    if (commit.op === "create" && typeof commit.by === "number") made.set(key, commit);
    else if (commit.op !== "update") made.delete(key);
  }
  return [...made.values()];
}

/** S2: what we made and what is live is owned, or there is an open intent that may have made it. */
function forgotten({ world, state, count }: Look): readonly Violation[] {
  const owned = new Set<string>();
  for (const [address, entry] of Object.entries(state?.jobs ?? {})) {
    const provider = address.slice(0, address.indexOf("/"));
    for (const { id } of [entry, ...(entry.doomed ?? [])]) owned.add(`${provider}:a/${id}`);
  }
  return madeByUs(world).flatMap(({ id, name, provider, account }) => {
    count("made by us and live");
    const open = state?.open.some(
      ({ address, action, before = [] }) =>
        address === `${provider}/${name}` && action === "create" && !before.includes(id),
    );
    return owned.has(`${account}/${id}`) ||
      open ||
      world.forgotten.has(`${account}/${id}`) ||
      isBelated(world, account, id)
      ? []
      : [{ check: "S2", message: `${provider}/${name} (${id}) was made by us, and the state forgot it` }];
  });
}

/**
 * Whether a job was made by a create that nobody can know of any more: sent again meanwhile, done, and its job deleted
 * again before the first one arrived; or sent before the wall clock was put forward, so that its intent looked old.
 */
export function isBelated(world: World, account: string, id: string): boolean {
  const { model } = world;
  const place = model.commits.findLastIndex(
    (each) => each.account === account && each.id === id && each.op === "create",
  );
  const { sentAt = Number.POSITIVE_INFINITY, at: madeAt = 0, by } = model.commits[place] ?? {};
  const startedAt = world.runs.find(({ process }) => process.pid === by)?.startedAt ?? 0;
  if (madeAt - sentAt > 1_000 && world.leaps.some((leap) => leap >= startedAt && leap <= madeAt)) return true;
  return model.commits
    .slice(0, Math.max(0, place))
    .some(
      ({ account: where, id: which, op, at }) => where === account && which === id && op !== "update" && at >= sentAt,
    );
}

/** S5: no secret in what is logged, kept, or written to a plan. */
function leaks({ world, count }: Look, lines: World["lines"]): readonly Violation[] {
  const found = (text: string): boolean => [...world.secrets].some((secret) => text.includes(secret));
  count("lines searched for secrets", lines.length);
  const said = lines.filter(({ text }) => found(text)).map(({ text }) => `a secret was logged: ${text.slice(0, 200)}`);
  const kept = [...world.place.newTexts()]
    .filter(([, text]) => found(text))
    .map(([where]) => `a secret is in ${where}`);
  const plans = world.savedPlans.filter(({ text }) => found(text)).map(() => "a secret is in a saved plan");
  return [...said, ...kept, ...plans].map((message) => ({ check: "S5", message }));
}

/** S8: everything declared is there once and as declared. */
export function converged(world: World): readonly Violation[] {
  return [...world.desired].flatMap(([address, job]): Violation[] => {
    const account = accountOf(job.provider, "a");
    const named = [...world.model.jobs(account)].filter(([, live]) => nameOf(live) === job.name);
    const [first] = named;
    if (named.length !== 1 || first === undefined)
      return [{ check: "S8", message: `${address}: ${named.length} live jobs at the end` }];
    const left = visible(world, `${account}/${first[0]}`, missing(job, first[1]));
    return left.length === 0
      ? []
      : [{ check: "S8", message: `${address}: not as declared at the end: ${left.join(", ")}` }];
  });
}

/** Of fields that are not as they should be, those of which anybody could know: not the value behind a blurred mask. */
export function visible(world: World, job: string, paths: readonly string[]): readonly string[] {
  return world.blurred.has(job) ? paths.filter((path) => !path.endsWith("/value")) : paths;
}
