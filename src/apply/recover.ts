import pLimit from "p-limit";
import { JobwrightError } from "../errors.ts";
import type { SafetyConfig } from "../model/config.ts";
import { type Address, type LiveJob, splitAddress } from "../model/job.ts";
import type { Intent, JobState } from "../model/state.ts";
import { providerOf } from "../providers/index.ts";
import type { ProviderClient } from "../providers/provider.ts";
import type { Settlement } from "../state/store.ts";
import type { ApplyContext } from "./context.ts";
import { MOST_SEARCHES } from "./intents.ts";
import { mayStemFrom, sentBy } from "./kin.ts";
import { isOursByNow, lookByName, ourNames } from "./recover-by-name.ts";

/** What settling needs: less than applying, since it goes before there is a plan. */
export interface RecoverContext extends Pick<ApplyContext, "runtime" | "session" | "clients" | "createSettleMs"> {
  /** Whether a live job may be taken over that is not known to be ours. */
  readonly adopt: SafetyConfig["adopt"];
  /** Whether a job is this run's to look after. */
  readonly mine: (address: Address) => boolean;
}

/**
 * Settles what an earlier run left open, before anything is planned: a job that our lost create made becomes ours; a
 * create that made nothing for `createSettle` did not happen. All creates are waited for at the same time: a run that
 * was killed leaves everything open that it was about to do. Answers one line for people about each.
 */
export async function settleOpenIntents(context: RecoverContext): Promise<readonly string[]> {
  const open = context.session.state.open.flatMap((intent): readonly Open[] => {
    const client = context.clients.get(intent.target);
    return client === undefined || !context.mine(intent.address) ? [] : [{ intent, client }];
  });
  const limit = pLimit(READS_AT_ONCE);
  const others = open.filter(({ intent }) => intent.action !== "create");
  const settled = await Promise.all(others.map((each) => limit(() => settleOther(context, each))));
  return [
    ...(await record(context, settled)),
    ...(await settleCreates(
      context,
      open.filter(({ intent }) => intent.action === "create"),
    )),
  ];
}

/** An intent whose outcome is not known, and who can tell. */
export interface Open {
  readonly intent: Intent;
  readonly client: ProviderClient;
}

interface Settled {
  readonly settlement: Settlement;
  readonly line: string;
}

const READS_AT_ONCE = 8;

async function record(context: RecoverContext, settled: readonly Settled[]): Promise<readonly string[]> {
  if (settled.length > 0) await context.session.settle(settled.map(({ settlement }) => settlement));
  return settled.map(({ line }) => line);
}

async function settleOther({ session }: RecoverContext, { intent, client }: Open): Promise<Settled> {
  // Jobs that replaces of it left may still be there: they are planned again, too.
  const doomed = session.state.jobs[intent.address]?.doomed ?? [];
  if (intent.action === "delete" && intent.id !== undefined && doomed.length === 0) {
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

async function settleCreates(context: RecoverContext, creates: readonly Open[]): Promise<readonly string[]> {
  const { clock, signal, log } = context.runtime;
  const since = clock.monotonic();
  const restOf = ({ intent }: Open): number => settleTime(context, intent) - (clock.monotonic() - since);
  const lines: string[] = [];
  for (let open = creates; open.length > 0; ) {
    const look = await lookFor(context, open);
    lines.push(
      ...(await record(
        context,
        look.flatMap((each) => verdict(context, each, restOf(each)) ?? []),
      )),
    );
    const doubtful = look.find(({ found }) => found.length > 1);
    if (doubtful !== undefined) throw severalMade(doubtful.intent, doubtful.found);
    const still = new Set(context.session.state.open.map(({ seq }) => seq));
    const left = look.filter(({ intent }) => still.has(intent.seq));
    open = left.filter(({ intent }) => !isBlaxel(intent));
    // Not waited for: a further create of that name cannot make a second job, whenever the first one arrives.
    for (const { intent, stranger } of left.filter((each) => isBlaxel(each.intent)))
      lines.push(`${intent.address}: nobody can say yet whether an earlier create happened${but(stranger)}`);
    const [first] = open;
    if (first === undefined) break;
    const rest = Math.max(0, ...open.map(restOf));
    const others = open.length > 1 ? ` and ${open.length - 1} more` : "";
    log(
      `${first.intent.address}${others}: waiting ${Math.ceil(rest / 1000)} s to see whether what an earlier run sent still appears`,
    );
    await clock.sleep(Math.min(rest, 5000), signal);
    if (signal.aborted)
      throw new JobwrightError("JW2007", "interrupted", `${first.intent.address}: still undecided`, {
        hint: "Run again.",
      });
  }
  return lines;
}

interface Looked extends Open {
  readonly found: readonly LiveJob[];
  /** A job of the name that is not known to be ours. */
  readonly stranger?: LiveJob;
}

/** What came of a create, or undefined where it is too early to say, or somebody has to. */
function verdict(
  context: RecoverContext,
  { intent, found: [live, ...others], stranger }: Looked,
  rest: number,
): Settled | undefined {
  if (others.length > 0) return undefined;
  if (live !== undefined && isOursByNow(context, intent, live))
    return notDone(intent, `${intent.address}: an earlier create is settled: the job is ours by now`);
  if (live !== undefined) return itWasMade(intent, live);
  if (rest > 0) return undefined;
  return notDone(intent, `${intent.address}: an earlier create did not happen${but(stranger)}`);
}

function but(stranger: LiveJob | undefined): string {
  if (stranger === undefined) return "";
  const by = stranger.facts.createdBy === undefined ? "" : ` by ${stranger.facts.createdBy}`;
  return `; the job of this name was made${by} and is not known to be ours`;
}

/** A create may leave so long after its intent: thousands of others, rate limits and retries come in between. */
const LATEST_SEND_MS = 24 * 3_600_000;

/**
 * How long to look for what a lost create made. Intents tell when a run began to act, not when a request left, and wall
 * clocks jump: so a young intent is watched for the whole time by our own clock, and only an old one is believed.
 */
function settleTime({ runtime, createSettleMs }: RecoverContext, intent: Intent): number {
  const age = runtime.clock.wall().getTime() - new Date(intent.at).getTime();
  const rest = createSettleMs + LATEST_SEND_MS - age;
  return Number.isFinite(age) && age >= 0 ? Math.max(0, Math.min(createSettleMs, rest)) : createSettleMs;
}

/** What live jobs may stem from each create: one list for all of a Nimble target, a read each at Blaxel. */
async function lookFor(context: RecoverContext, open: readonly Open[]): Promise<readonly Looked[]> {
  const nimble = open.filter(({ intent }) => !isBlaxel(intent));
  const lists = new Map<string, readonly LiveJob[]>();
  for (const { intent, client } of nimble) {
    if (!lists.has(intent.target)) lists.set(intent.target, await client.list());
  }
  const whoMade = ourNames(context);
  const limit = pLimit(READS_AT_ONCE);
  return Promise.all(
    open.map((each) =>
      limit(async () => {
        const { intent, client } = each;
        if (isBlaxel(intent)) return { ...each, ...(await lookByName(context, each, whoMade)) };
        const named = (lists.get(intent.target) ?? []).filter((job) => job.name === intent.name);
        const listed = candidates(context, intent, named);
        if (listed.length > 0 || nimble.length > MOST_SEARCHES) return { ...each, found: listed };
        return { ...each, found: candidates(context, intent, await client.find(intent.name, intent.apiVersion)) };
      }),
    ),
  );
}

/** Of jobs of its name, those that a create may have made: not there before, owned by nobody, and of its kind. */
function candidates(context: RecoverContext, intent: Intent, named: readonly LiveJob[]): readonly LiveJob[] {
  if (named.length === 0) return [];
  const known = knownIds(context, intent);
  const { fields } = providerOf("nimble");
  const sent = sentBy(intent);
  return named.filter((job) => !known.has(job.id) && mayStemFrom(fields, sent, job));
}

function isBlaxel({ apiVersion }: Intent): boolean {
  return apiVersion === "blaxel.ai/v1alpha1";
}

function knownIds(context: RecoverContext, intent: Intent): ReadonlySet<string> {
  const owned = Object.entries(context.session.state.jobs)
    .filter(([address]) => splitAddress(address).target === intent.target)
    .map(([, job]) => job.id);
  return new Set([...(intent.before ?? []), ...owned]);
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
