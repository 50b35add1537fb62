import { describe, expect, it } from "vitest";
import { applyPlan } from "../../src/apply/apply.ts";
import { type Transport, TransportError, type WireAnswer } from "../../src/http/transport.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { connect } from "../../src/providers/index.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { createNoneStore } from "../../src/state/none-store.ts";
import { quickClock } from "../support/engine.ts";
import { nimbleJob, planInput } from "../support/jobs.ts";

const FINE = 500;
/** Each retry costs 5 of the budget's 100; a wait that was asked for costs nothing. So many requests are under way at once. */
const [RETRIES, AT_ONCE] = [20, HTTP_DEFAULTS.concurrency];
const MOST = FINE + RETRIES + 3 * AT_ONCE;

function answer(status: number, body: object, headers: Record<string, string> = {}): WireAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** A platform that makes what it is asked for until the n-th request, and from then on does as it is told. */
function platform(then: () => WireAnswer): Transport & { readonly count: () => number; readonly made: () => number } {
  let [count, made] = [0, 0];
  return {
    count: () => count,
    made: () => made,
    exchange: async ({ method, body, url }) => {
      count += 1;
      if (count > FINE) return then();
      if (method === "GET") {
        const page = Number(url.searchParams.get("page"));
        return answer(200, { items: [], total: 0, page, per_page: 200 });
      }
      made += 1;
      return answer(201, { ...(JSON.parse(body ?? "{}") as object), id: `job_${made}` });
    },
    close: async () => {},
  };
}

const no = { code: "down", message: "on fire" };
const broken = (phase: "before-sent" | "no-answer") => (): never => {
  throw new TransportError(phase, "ECONNRESET", "reset");
};

describe("R48 thousands of jobs, and the platform is down from the 500th request on", () => {
  it.each<[string, () => WireAnswer, number?]>([
    ["nobody listens", broken("before-sent"), 10_000],
    ["connections break", broken("no-answer")],
    ["everything is answered with 500", () => answer(500, no)],
    [
      "everything is answered with a gateway's page",
      () => ({ ...answer(502, no), headers: { "content-type": "text/html" } }),
    ],
    ["everything is answered with 503 that says when to come back", () => answer(503, no, { "retry-after": "1" })],
  ])("%s: a few requests more, and the rest is skipped", async (_title, then, jobs = 2_000) => {
    const desired = Array.from({ length: jobs }, (_, i) => nimbleJob(`job-${i}`, { agent_name: "shop" }));
    const clock = quickClock();
    const env = { NIMBLE_API_KEY: "key" };
    const runtime = {
      ...{ env, cwd: "/", clock, random: () => 0.5, log: () => {} },
      signal: new AbortController().signal,
    };
    const transport = platform(then);
    const secrets = createSecretTable();
    const target = { name: "nimble", provider: "nimble", explicit: false } as const;
    const client = connect(target, ["nimbleway.com/v1"], { runtime, http: HTTP_DEFAULTS, secrets, transport });
    const input = planInput({ desired, live: new Map([["nimble", []]]), secrets });
    const session = await createNoneStore({ environment: "", clock, random: () => 0.5 }).open({
      ...{ holder: "", command: "", lockTimeoutMs: 0, message: "", environment: "" },
    });
    const context = { runtime, session, clients: new Map([["nimble", client]]), input };
    const { results } = await applyPlan({ ...context, createSettleMs: 30_000, onEvent: () => {} }, makePlan(input));

    const all = [...results.values()];
    const count = (status: string): number => all.filter((result) => result.status === status).length;
    console.log(`${transport.count() - FINE} requests past the ${FINE}th; ${count("skipped")} jobs skipped`);
    expect(transport.count()).toBeLessThanOrEqual(MOST);
    expect(count("applied")).toBe(transport.made());
    expect(count("skipped")).toBeGreaterThan(jobs - MOST);
    // What was not begun is closed; what nobody can say of stays open.
    expect(session.state.open).toHaveLength(all.filter((result) => result.class === "unknown").length);
    expect(clock.monotonic()).toBeLessThan(HTTP_DEFAULTS.maxWaitTotalMs);
  });
});
