import { type ApplyReport, applyPlan } from "../apply/apply.ts";
import type { ApplyContext, ApplyEvent } from "../apply/context.ts";
import { settleOpenIntents } from "../apply/recover.ts";
import { InternalError, JobwrightError, RefusedError } from "../errors.ts";
import { type Address, addressOf, type LiveJob, type ProviderId, splitAddress } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Plan } from "../model/plan.ts";
import { NO_PROGRESS } from "../model/progress.ts";
import { inShard } from "../model/shard.ts";
import type { PlanInput } from "../plan/input.ts";
import { applyDocument, documentText, type PlanMeta } from "../render/plan-document.ts";
import type { SavedPlan } from "../render/plan-reader.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { redactPlan, redactResults } from "../render/redact-plan.ts";
import { safeText } from "../render/safe.ts";
import { renderPlan } from "../render/text.ts";
import { renderApplyResults } from "../render/text-results.ts";
import type { StateSession } from "../state/store.ts";
import { checkAccounts } from "./accounts.ts";
import { approve, checkApprovable } from "./approve.ts";
import { during, progressOf } from "./during.ts";
import { connectTargets, type Estate, type EstateOptions, planEstate, readEstate } from "./estate.ts";
import { openEvents } from "./events.ts";
import { withRemovals } from "./git.ts";
import { metaOf } from "./plan.ts";
import { flagsOf, type PlanOptions } from "./plan-options.ts";
import { reviewOf } from "./policy.ts";
import { type OpenProject, openProject } from "./project.ts";
import {
  checkBelongs,
  checkFlags,
  checkRemoved,
  checkSame,
  checkSecrets,
  checkTargets,
  isPlanPath,
  readSavedPlan,
  savedOptions,
} from "./saved-plan.ts";
import { scopeOf } from "./scope.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { inSession, openOrGoOn, sessionOptions, storeOf, tellOf, warnOfLostState } from "./state-store.ts";
import { wordsAt } from "./words.ts";

/** The options of `apply` besides those of `plan`. */
export interface ApplyOptions extends PlanOptions {
  readonly autoApprove?: boolean;
  readonly lockTimeoutMs?: number;
  /** Apply this plan as saved, or not at all: the same as the path of a plan's file. */
  readonly saved?: SavedPlan;
  /** Where each step of each action is written to as it happens, as lines of JSON; `-` is stdout. */
  readonly events?: string;
  /** Writes to stdout while the command runs; for `events: "-"`. */
  readonly emit?: (text: string) => void;
  /** Told of each step of each action, and of the run's id. */
  readonly onEvent?: (event: ApplyEvent, run: string) => void;
  /** Told of the plan before anything is sent, refused or not; what it throws ends the run, and nothing is sent. */
  readonly onPlan?: (plan: Plan, meta: PlanMeta) => Promise<void>;
  /** Told of the results. */
  readonly onResults?: (plan: Plan, results: ReadonlyMap<string, ActionResult>, meta: PlanMeta) => void;
  /**
   * Told of a git state that this run may read but not push to, and what that loses; the run goes on with what is read
   * and records nothing. Without it, that is an error.
   */
  readonly onUnwritableState?: (message: string) => void;
}

/** `jobwright apply`: takes the lock, settles what a crash left, plans, asks, applies. */
export async function apply(shell: Shell, options: ApplyOptions): Promise<CommandResult> {
  if (options.events === undefined) return applyAny(shell, options);
  const events = await openEvents(shell, { ...options, to: options.events });
  try {
    const onEvent = (event: ApplyEvent, run: string): void => {
      events.write(event, run);
      options.onEvent?.(event, run);
    };
    // Where the events go to the terminal, they are what tells of the progress.
    const quiet = options.events === "-" ? { ...shell, progress: NO_PROGRESS } : shell;
    const result = await applyAny(quiet, { ...options, onEvent });
    if (options.events !== "-") return result;
    // The lines are what stdout is for; what people read goes where they read it.
    for (const line of result.stdout.trimEnd().split("\n")) shell.runtime.log(line);
    return { ...result, stdout: "" };
  } finally {
    await events.close();
  }
}

async function applyAny(shell: Shell, options: ApplyOptions): Promise<CommandResult> {
  checkApprovable(shell, options);
  const [path] = isPlanPath(shell.runtime.cwd, options.paths) ? options.paths : [];
  const saved = options.saved ?? (path === undefined ? undefined : await readSavedPlan(shell, path));
  if (saved !== undefined) {
    checkFlags(saved, options);
    return applySaved(shell, options, saved);
  }
  const open = await openProject(shell, options);
  try {
    const session = await openSession(shell, open, "apply", options);
    return await inSession(shell, session, () => applyWith(shell, options, open, session));
  } finally {
    await open.close();
  }
}

async function openSession(
  shell: Shell,
  open: OpenProject,
  command: string,
  options: ApplyOptions,
): Promise<StateSession> {
  const { shard, lockTimeoutMs = 0 } = options;
  const how = {
    ...sessionOptions(shell, open, command, lockTimeoutMs),
    ...(shard === undefined ? {} : { shard }),
  };
  const store = storeOf(shell, open);
  const { onUnwritableState: tell } = options;
  const session = await (tell === undefined ? store.open(how) : openOrGoOn(shell, store, { ...how, tell }));
  warnOfLostState(shell, open, session.state);
  return session;
}

/** Applies a saved plan as saved, or not at all. */
async function applySaved(shell: Shell, options: ApplyOptions, saved: SavedPlan): Promise<CommandResult> {
  const { environment } = saved.meta;
  const made = savedOptions(saved);
  const { env = environment === "" ? undefined : environment, config, sandbox, json, autoApprove } = options;
  const globals = {
    ...(env === undefined ? {} : { env }),
    ...(config === undefined ? {} : { config }),
    ...(sandbox ? { sandbox } : {}),
  };
  const open = await openProject(shell, { ...made, ...globals, manifestsMayFail: true });
  try {
    checkRemoved(saved, open.project.desired);
    checkSecrets(saved, open.project.secrets);
    const store = storeOf(shell, open);
    checkBelongs(saved, await store.read(), open.project.config.environment);
    const session = await openSession(shell, open, "apply (saved plan)", options);
    const asked = { ...made, ...globals, ...(json ? { json } : {}), ...(autoApprove ? { autoApprove } : {}) };
    return await inSession(shell, session, () => applySavedWith(shell, { ...options, ...asked }, open, session, saved));
  } finally {
    await open.close();
  }
}

/** Applies a saved plan under the lock: plans its jobs anew, and goes on only where the same comes of it. */
export async function applySavedWith(
  shell: Shell,
  options: ApplyOptions,
  open: OpenProject,
  session: StateSession,
  saved: SavedPlan,
): Promise<CommandResult> {
  const { actions } = saved.plan;
  const addresses = new Set(actions.map((action) => action.address));
  const moved = new Set(
    actions.flatMap(({ target, desired }) =>
      desired?.annotations.movedFrom === undefined ? [] : [addressOf(target, desired.annotations.movedFrom)],
    ),
  );
  // Only what the plan holds is planned again, from the plan's own copy of what was declared.
  const desired = actions.flatMap((action) => (action.desired === undefined ? [] : [action.desired]));
  const scope = {
    includes: (address: string) => addresses.has(address) || moved.has(address),
    narrowed: saved.plan.narrowed,
  };
  const project = { ...open.project, desired };
  const base = { shell, open: { ...open, project }, scope, flags: flagsOf(options), state: session.state };
  await settleBefore(shell, open, session, base);
  // Once more under the lock: while this run waited for it, another one may have changed the state.
  checkBelongs(saved, session.state, open.project.config.environment);
  const { policy: reviewed } = await reviewOf(shell, open.project.config);
  const estate = await readEstate({ ...base, state: session.state, reviewed });
  try {
    checkTargets(saved, estate.input);
    const { plan: fresh, input } = await planEstate(estate);
    const inPlan = fresh.actions.filter((action) => addresses.has(action.address));
    checkSame(actions, inPlan, input);
    const plan = { ...fresh, actions: inPlan, digest: saved.plan.digest };
    await options.onPlan?.(plan, saved.meta);
    if (fresh.refusals.length > 0) throw new RefusedError(fresh.refusals);
    await approve(shell, options, { plan, input }, open.project.config);
    const result = await carryOut(shell, options, open, session, estate, plan, input, saved.meta);
    if (actions.length > 0) await noteApplied(shell, session, saved.plan.digest);
    return result;
  } finally {
    await estate.close();
  }
}

/** That this plan was applied. Where nothing can be recorded any more, the results of its actions tell so. */
async function noteApplied(shell: Shell, session: StateSession, digest: string): Promise<void> {
  try {
    await session.change([{ kind: "applied", digest }]);
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    tellOf(shell, error);
  }
}

async function applyWith(
  shell: Shell,
  options: ApplyOptions,
  open: OpenProject,
  session: StateSession,
): Promise<CommandResult> {
  const scope = await scopeOf(shell, open.project, options, session.state.jobs);
  const estateOptions = { shell, open, scope, flags: flagsOf(options), state: session.state };
  await settleBefore(shell, open, session, estateOptions);
  // Before the merge, on a pull request, a change is judged as its plan was; afterwards by the merged policies.
  const review = await reviewOf(shell, open.project.config);
  const estate = await readEstate({ ...estateOptions, state: session.state, reviewed: review.policy });
  try {
    const { plan: made, input } = await planEstate(estate);
    const actions = await withRemovals(shell, open.project.config.root, made.actions);
    const plan = { ...made, actions, warnings: [...review.warnings, ...made.warnings] };
    const meta = metaOf(shell, open, options, session.state);
    await options.onPlan?.(plan, meta);
    if (plan.refusals.length > 0) {
      if (!options.json)
        return {
          exitCode: 3,
          stdout: shell.redactor.text(
            renderPlan(redactPlan(plan, shell.redactor), shell.style, wordsAt(shell.runtime.clock)),
          ),
        };
      throw new RefusedError(plan.refusals);
    }
    await approve(shell, options, { plan, input }, open.project.config);
    return await carryOut(shell, options, open, session, estate, plan, input, meta);
  } finally {
    await estate.close();
  }
}

/** What an interrupted run left open is settled before anything is planned. */
export async function settleBefore(
  shell: Shell,
  open: OpenProject,
  session: StateSession,
  estateOptions: EstateOptions,
): Promise<void> {
  const { shard } = estateOptions.scope;
  // What other parts have under way is theirs to settle.
  const mine = (address: Address): boolean => shard === undefined || inShard(shard, address);
  if (!session.state.open.some(({ address }) => mine(address))) return;
  const { clients, transport } = connectTargets(estateOptions);
  try {
    await checkAccounts(estateOptions, clients);
    const { createSettleMs, safety } = open.project.config;
    const { adopt } = safety;
    const lines = await during(shell, ["Finding out what became of an earlier run's writes"], () =>
      settleOpenIntents({ runtime: shell.runtime, session, clients, createSettleMs, adopt, mine }),
    );
    for (const line of lines) shell.runtime.log(line);
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
    await transport.close();
  }
}

/** Applies a plan that stands, and answers with what came of it. */
export async function carryOut(
  shell: Shell,
  options: ApplyOptions,
  open: OpenProject,
  session: StateSession,
  estate: Estate,
  plan: Plan,
  input: PlanInput,
  meta: PlanMeta,
): Promise<CommandResult> {
  const following = follow(shell, plan, options.json ?? false);
  let applied = 0;
  const came = (): string => `${applied} applied, ${session.state.open.length} open; run again`;
  shell.onCrash?.(came);
  const context: ApplyContext = {
    runtime: shell.runtime,
    session,
    clients: estate.clients,
    input,
    createSettleMs: open.project.config.createSettleMs,
    onEvent: (event) => {
      if (event.kind === "finished" && event.result.status === "applied") applied += 1;
      following.tell(event);
      options.onEvent?.(event, session.run ?? "");
    },
  };
  const report = await applyPlan(context, plan).finally(following.end);
  if (report.crash !== undefined) tellOf(shell, new InternalError(report.crash, came()));
  const results = withPlaces(open, plan, withSecondLook(report));
  options.onResults?.(plan, results, meta);
  const stdout = options.json
    ? documentText(redactPlanDocument(applyDocument(plan, results, meta), shell.redactor))
    : shell.redactor.text(renderApplyResults(plan, redactResults(results, shell.redactor), shell.style));
  return { exitCode: exitCodeOf(report, plan), stdout };
}

function withSecondLook({ results, secondLook }: ApplyReport): ReadonlyMap<string, ActionResult> {
  return new Map(
    [...results].map(([address, result]) => {
      const left = secondLook.notConverged.get(address);
      const twins = secondLook.twins.get(address);
      // What an answer did not show yet, and the second look does, is no matter any more.
      const { notConverged: _, ...settled } = result;
      const shown = result.status === "applied" ? settled : result;
      const seen = left === undefined ? shown : { ...result, notConverged: left };
      return [address, twins === undefined ? seen : { ...seen, ...madeTwice(address, twins) }];
    }),
  );
}

/** Says where in the manifests the field stands that a platform does not take. */
function withPlaces(
  { project }: OpenProject,
  plan: Plan,
  results: ReadonlyMap<string, ActionResult>,
): ReadonlyMap<string, ActionResult> {
  const actions = new Map(plan.actions.map((action) => [action.address, action]));
  return new Map(
    [...results].map(([address, result]) => {
      const { at, error } = result;
      const desired = actions.get(address)?.desired;
      if (at === undefined || error === undefined || desired === undefined) return [address, result];
      const pointer = pointerInManifest(desired.provider, at);
      const { file, line, column } = project.locate(address, pointer) ?? desired.source;
      return [
        address,
        { ...result, error: { ...error, hint: `It did not happen. Change ${pointer} at ${file}:${line}:${column}.` } },
      ];
    }),
  );
}

/** What a platform's body calls a field, as manifests do: Nimble's bodies are flat. */
function pointerInManifest(provider: ProviderId, at: string): string {
  if (provider === "blaxel") return at;
  return at === "/name" ? "/metadata/name" : `/spec${at}`;
}

/** Neither is deleted: which one is right is not for us to say. */
function madeTwice(address: string, jobs: readonly LiveJob[]): Partial<ActionResult> {
  const told = jobs.map(({ id, facts }) => (facts.createdAt === undefined ? id : `${id} (made ${facts.createdAt})`));
  const name = splitAddress(address).name;
  return {
    status: "failed",
    reason: "duplicate-name",
    error: {
      code: "JW2905",
      message: `${address}: there are ${jobs.length} live jobs named ${name} now: ${told.join(" and ")}`,
      hint: `The first is recorded as ours. Keep one and delete the other; to keep another one, say so: metadata.annotations["jobwright.dev/id"].`,
    },
  };
}

function exitCodeOf(report: ApplyReport, plan: Plan): number {
  if (report.crash !== undefined) return 1;
  const cutShort = [...report.results.values()].some((r) => r.reason === "interrupted" || r.class === "unknown");
  if (report.interrupted && cutShort) return 130;
  const failed = plan.actions.some((action) => report.results.get(action.address)?.status !== "applied");
  const { notConverged, twins } = report.secondLook;
  // Exit code 0 promises that the platforms are as declared.
  return failed || report.storage !== undefined || notConverged.size > 0 || twins.size > 0 ? 1 : 0;
}

/** With `--json` stdout is for programs: why something failed is told here, for whoever reads the log. */
function follow(shell: Shell, plan: Plan, withReasons: boolean) {
  // What only the state learns of is no progress to watch.
  const applying = progressOf(shell).applying(plan.actions.filter(({ requests }) => requests.length > 0).length);
  return {
    tell: (event: ApplyEvent): void => {
      const { action } = event;
      if (action.requests.length === 0) return;
      if (event.kind === "started") {
        applying.started(action.address, action.action);
        return;
      }
      const { status, error } = event.result;
      const why = withReasons && error !== undefined ? safeText(`${error.code} ${error.message}`) : undefined;
      applying.finished(action.address, status, why);
    },
    end: () => applying.end(),
  };
}
