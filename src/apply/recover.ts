import { canonical } from "../document/canonical.ts";
import { JobwrightError } from "../errors.ts";
import { isList, isObject, own, type Value } from "../model/document.ts";
import type { LiveJob } from "../model/job.ts";
import { splitAddress } from "../model/job.ts";
import type { Intent, JobState } from "../model/state.ts";
import { baseDocument } from "../plan/base.ts";
import { BaseSecret } from "../plan/shape.ts";
import type { ProviderClient } from "../providers/provider.ts";
import type { Settlement } from "../state/store.ts";
import type { ApplyContext } from "./context.ts";

/** What settling needs: less than applying, since it goes before there is a plan. */
export type RecoverContext = Pick<ApplyContext, "runtime" | "session" | "clients" | "createSettleMs">;

/**
 * Settles what an earlier run left open, before anything is planned: a job that our lost create made becomes ours; a
 * create that made nothing for `createSettle` did not happen. Answers one line for people about each.
 */
export async function settleOpenIntents(context: RecoverContext): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const intent of context.session.state.open) {
    const client = context.clients.get(intent.target);
    if (client === undefined) continue;
    const { settlement, line } = await settleOne(context, client, intent);
    await context.session.settle([settlement]);
    lines.push(line);
  }
  return lines;
}

interface Settled {
  readonly settlement: Settlement;
  readonly line: string;
}

async function settleOne(context: RecoverContext, client: ProviderClient, intent: Intent): Promise<Settled> {
  if (intent.action === "create") return settleCreate(context, client, intent);
  if (intent.action === "delete" && intent.id !== undefined) {
    const live = await client.get(intent.id, { apiVersion: intent.apiVersion });
    if (live === undefined || live.facts.status === "DELETING") {
      const change = { kind: "remove" as const, address: intent.address };
      return {
        settlement: { seq: intent.seq, kind: "done", change },
        line: `${intent.address}: an earlier delete did happen`,
      };
    }
  }
  // Updates can be repeated: the plan that follows compares what is live and sends what is missing.
  return notDone(intent, `${intent.address}: an earlier ${intent.action} was interrupted; planned again`);
}

function notDone(intent: Intent, line: string): Settled {
  return { settlement: { seq: intent.seq, kind: "not-done" }, line };
}

async function settleCreate(context: RecoverContext, client: ProviderClient, intent: Intent): Promise<Settled> {
  const { clock, signal } = context.runtime;
  const settleMs = intent.apiVersion === "blaxel.ai/v1alpha1" ? 0 : settleTime(context, intent);
  const since = clock.monotonic();
  for (;;) {
    const found = await madeBy(context, client, intent);
    if (found.length > 1) throw severalMade(intent, found);
    const [live] = found;
    if (live !== undefined) return itWasMade(intent, live);
    const rest = settleMs - (clock.monotonic() - since);
    if (rest <= 0) return notDone(intent, `${intent.address}: an earlier create did not happen`);
    context.runtime.log(
      `${intent.address}: waiting ${Math.ceil(rest / 1000)} s to see whether an earlier create still appears`,
    );
    await clock.sleep(Math.min(rest, 5000), signal);
    if (signal.aborted) throw new JobwrightError("JW2007", "interrupted", `${intent.address}: still undecided`);
  }
}

/** A create may leave so long after its intent: rate limits and retries come in between. */
const LATEST_SEND_MS = 600_000;

/**
 * How long to look for what a lost create made. Intents tell when a run began to act, not when a request left, and wall
 * clocks jump: so a young intent is watched for the whole time by our own clock, and only an old one is believed.
 */
function settleTime({ runtime, createSettleMs }: RecoverContext, intent: Intent): number {
  const age = runtime.clock.wall().getTime() - new Date(intent.at).getTime();
  const rest = createSettleMs + LATEST_SEND_MS - age;
  return Number.isFinite(age) && age >= 0 ? Math.max(0, Math.min(createSettleMs, rest)) : createSettleMs;
}

async function madeBy(context: RecoverContext, client: ProviderClient, intent: Intent): Promise<readonly LiveJob[]> {
  const known = new Set(intent.before ?? []);
  for (const [address, job] of Object.entries(context.session.state.jobs)) {
    if (splitAddress(address).target === intent.target) known.add(job.id);
  }
  if (intent.apiVersion === "blaxel.ai/v1alpha1") {
    const live = await client.get(intent.name, { apiVersion: intent.apiVersion });
    const wanted = isObject(intent.job?.["declared"] as Value) ? baseDocument(intent.job?.["declared"] as never) : {};
    if (live === undefined || live.facts.status === "DELETING") return [];
    return holds(live.document, wanted) || wasBornThen(live, intent) ? [live] : [];
  }
  const listed = (await client.list()).filter((job) => job.name === intent.name);
  const all = listed.length > 0 ? listed : await client.find(intent.name, intent.apiVersion);
  return all.filter((job) => !known.has(job.id));
}

/** A job that was made when our create was under way is ours, though somebody has changed it since. */
function wasBornThen({ facts }: LiveJob, intent: Intent): boolean {
  const age = Date.parse(facts.createdAt ?? "") - Date.parse(intent.at);
  return Math.abs(age) <= LATEST_SEND_MS;
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

function itWasMade(intent: Intent, live: LiveJob): Settled {
  const { createdAt, updatedAt } = live.facts;
  const job = {
    ...(intent.job as unknown as Omit<JobState, "id">),
    id: live.id,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
  };
  return {
    settlement: { seq: intent.seq, kind: "done", change: { kind: "put", address: intent.address, job } },
    line: `${intent.address}: an earlier create did happen (${live.id}); it is ours`,
  };
}

function severalMade(intent: Intent, jobs: readonly LiveJob[]): JobwrightError {
  const ids = jobs.map((job) => job.id).join(" and ");
  return new JobwrightError(
    "JW2905",
    "duplicate-name",
    `${intent.address}: several jobs appeared since our create: ${ids}`,
    {
      hint: `Bind the right one with the annotation jobwright.dev/id and delete the other; then run again.`,
    },
  );
}
