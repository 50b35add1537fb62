import { type ApplyReport, applyPlan } from "../../src/apply/apply.ts";
import { settleOpenIntents } from "../../src/apply/recover.ts";
import type { Transport } from "../../src/http/transport.ts";
import { createUndiciTransport } from "../../src/http/undici-transport.ts";
import { HTTP_DEFAULTS, type HttpConfig } from "../../src/model/config.ts";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Clock, Env, Runtime } from "../../src/model/runtime.ts";
import type { PlanFlags, PlanInput } from "../../src/plan/input.ts";
import { NO_FLAGS } from "../../src/plan/input.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { connect } from "../../src/providers/index.ts";
import type { ProviderClient } from "../../src/providers/provider.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { createNoneStore } from "../../src/state/none-store.ts";
import type { StateSession, StateStore } from "../../src/state/store.ts";
import { planInput, testFingerprint } from "./jobs.ts";

/** The real engine on a sandbox over HTTP, with a state in memory and a clock that does not wait. */
export interface Engine {
  readonly sandbox: Sandbox;
  readonly session: StateSession;
  readonly clients: ReadonlyMap<string, ProviderClient>;
  readonly secrets: ReturnType<typeof createSecretTable>;
  /** Lines that were logged. */
  readonly lines: readonly string[];
  plan(desired: readonly DesiredJob[], flags?: Partial<PlanFlags>): Promise<Plan>;
  /** Plans and applies what nothing refuses. */
  apply(desired: readonly DesiredJob[], flags?: Partial<PlanFlags>): Promise<{ plan: Plan; report: ApplyReport }>;
  /** Applies a plan that was made before. */
  carryOut(plan: Plan, desired: readonly DesiredJob[], flags?: Partial<PlanFlags>): Promise<ApplyReport>;
  /** Fresh clients, as the next run has: what the old ones learnt of the platform is forgotten. */
  reconnect(env?: Env): void;
  /** Settles what is open, as the next run would. */
  settle(): Promise<readonly string[]>;
  live(target: string): Promise<readonly LiveJob[]>;
  close(): Promise<void>;
}

/** A clock whose sleeps are over at once; what was slept counts as passed. */
export function quickClock(start = "2026-11-23T12:00:00Z"): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    wall: () => new Date(new Date(start).getTime() + passed),
    monotonic: () => passed,
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw signal.reason;
      passed += ms;
      await new Promise<void>((done) => setImmediate(done));
    },
    pass: (ms) => {
      passed += ms;
    },
  };
}

/** What a test decides about its engine, besides the sandbox. */
export interface EngineOptions {
  readonly clock?: Clock;
  /** Puts something in the way of requests. */
  readonly around?: (transport: Transport) => Transport;
  readonly store?: StateStore;
  /** Ends it. */
  readonly signal?: AbortSignal;
  readonly http?: Partial<HttpConfig>;
}

/** Starts an engine; close it after the test. */
export async function startEngine(options: Partial<SandboxOptions> & EngineOptions = {}): Promise<Engine> {
  const {
    clock = quickClock(),
    around = (transport) => transport,
    store = createNoneStore({ environment: "", clock, random: () => 0.5 }),
    signal = new AbortController().signal,
    http,
    ...sandboxOptions
  } = options;
  const sandbox = await startSandbox(sandboxOptions);
  const secrets = createSecretTable();
  const lines: string[] = [];
  const runtime: Runtime = {
    env: {
      NIMBLE_BASE_URL: sandbox.url,
      NIMBLE_API_KEY: "key",
      BL_API_URL: `${sandbox.url}/v0`,
      BL_API_KEY: "key",
      BL_WORKSPACE: "acme",
    },
    cwd: "/",
    clock,
    random: () => 0.5,
    log: (line) => lines.push(line),
    signal,
  };
  const transport = around(createUndiciTransport(runtime.env));
  const clients = new Map<string, ProviderClient>();
  const reconnect = (env: Env = {}): void => {
    const context = {
      runtime: { ...runtime, env: { ...runtime.env, ...env } },
      http: { ...HTTP_DEFAULTS, ...http },
      secrets,
      transport,
      waiting: ({ target, ms, why }: { target: string; ms: number; why: string }) => {
        lines.push(`${target}: waiting ${ms} ms: ${why}`);
      },
    };
    const nimble = { name: "nimble", provider: "nimble", explicit: false } as const;
    const blaxel = { name: "blaxel", provider: "blaxel", explicit: false } as const;
    clients.set("nimble", connect(nimble, ["nimbleway.com/v1"], context));
    clients.set("blaxel", connect(blaxel, ["blaxel.ai/v1alpha1"], context));
  };
  reconnect();
  const session = await store.open({
    holder: "test",
    command: "apply",
    lockTimeoutMs: 0,
    message: "",
    environment: "",
  });
  const live = (target: string): Promise<readonly LiveJob[]> => clients.get(target)?.list() ?? Promise.resolve([]);

  const inputFor = async (desired: readonly DesiredJob[], flags: Partial<PlanFlags>): Promise<PlanInput> =>
    planInput({
      desired,
      flags: { ...NO_FLAGS, ...flags },
      live: new Map([
        ["nimble", await live("nimble")],
        ["blaxel", await live("blaxel")],
      ]),
      state: session.state,
      secrets,
      fingerprint: testFingerprint,
      now: clock.wall(),
    });
  const contextFor = (input: PlanInput) => ({
    runtime,
    session,
    clients,
    input,
    createSettleMs: 30_000,
    onEvent: () => {},
  });
  return {
    sandbox,
    session,
    clients,
    secrets,
    lines,
    live,
    plan: async (desired, flags = {}) => makePlan(await inputFor(desired, flags)),
    apply: async (desired, flags = {}) => {
      const input = await inputFor(desired, flags);
      const plan = makePlan(input);
      if (plan.refusals.length > 0) throw new Error(plan.refusals.map((r) => r.message).join("; "));
      return { plan, report: await applyPlan(contextFor(input), plan) };
    },
    carryOut: async (plan, desired, flags = {}) => applyPlan(contextFor(await inputFor(desired, flags)), plan),
    reconnect,
    settle: () =>
      settleOpenIntents({ runtime, session, clients, createSettleMs: 30_000, adopt: "allow", mine: () => true }),
    close: async () => {
      await session.close();
      await Promise.all([...clients.values()].map((client) => client.close()));
      await transport.close();
      await sandbox.close();
    },
  };
}
