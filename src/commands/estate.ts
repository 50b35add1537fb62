import pLimit from "p-limit";
import { InvalidInputError } from "../errors.ts";
import type { Transport } from "../http/transport.ts";
import { type Address, type ApiVersion, addressOf, type LiveJob, splitAddress } from "../model/job.ts";
import type { Action, Plan, PlanWarning } from "../model/plan.ts";
import { inShard } from "../model/shard.ts";
import type { State, TargetIdentity } from "../model/state.ts";
import type { PlanFlags, PlanInput, ReviewedPolicy } from "../plan/input.ts";
import { makePlan } from "../plan/plan.ts";
import { maskedPaths, withDeclaredSecrets } from "../plan/secrets.ts";
import { connect, providerOf } from "../providers/index.ts";
import type { ProviderClient } from "../providers/provider.ts";
import { createFingerprint } from "../state/fingerprint.ts";
import { during, progressOf } from "./during.ts";
import type { OpenProject } from "./project.ts";
import type { Scope } from "./scope.ts";
import type { Shell } from "./shell.ts";

/** How many missing owned jobs are read one by one before the missing-jobs guard decides by the sample. */
const MISSING_SAMPLE = 20;
const READS_AT_ONCE = 8;

/** Everything of the outside world that a plan needs, and the connections to it. */
export interface Estate {
  readonly clients: ReadonlyMap<string, ProviderClient>;
  readonly input: PlanInput;
  readonly warnings: readonly PlanWarning[];
  /** Is told how far planning is. */
  readonly shell: Shell;
  close(): Promise<void>;
}

/** What to read. */
export interface EstateOptions {
  readonly shell: Shell;
  readonly open: OpenProject;
  readonly scope: Scope;
  readonly flags: PlanFlags;
  readonly state: State | undefined;
  /** What a change under review is judged by besides its own policies. */
  readonly reviewed?: ReviewedPolicy | undefined;
  /** The targets to read, with their API versions; else those of the jobs in scope. */
  readonly targets?: ReadonlyMap<string, readonly ApiVersion[]>;
}

/** Connects the targets that the run is about. Opens nothing yet. */
export function connectTargets(options: EstateOptions): {
  clients: ReadonlyMap<string, ProviderClient>;
  transport: Transport;
} {
  const { shell, open } = options;
  const transport = shell.transport(open.env);
  const runtime = { ...shell.runtime, env: open.env };
  const clients = new Map(
    [...(options.targets ?? usedTargets(options))].map(([name, versions]) => {
      const target = open.targets[name];
      if (target === undefined) throw unknownTarget(options, name);
      const client = connect(target, versions, {
        runtime,
        http: open.project.config.http,
        secrets: open.project.secrets,
        transport,
        waiting: (wait) => progressOf(shell).waiting(wait),
        ...(shell.trace === undefined ? {} : { trace: shell.trace }),
      });
      return [name, open.sandbox === undefined ? client : inSandbox(name, client)] as const;
    }),
  );
  return { clients, transport };
}

/** A sandbox has another port in every run; its targets are known by their name. */
function inSandbox(name: string, client: ProviderClient): ProviderClient {
  return new Proxy(client, {
    get: (target, key) =>
      key === "identity" ? { ...target.identity, origin: `sandbox:${name}` } : Reflect.get(target, key, target),
  });
}

/** Targets of jobs in scope, declared or owned, with the API versions that they use. */
function usedTargets({ open, scope, state }: EstateOptions): readonly (readonly [string, readonly ApiVersion[]])[] {
  const versions = new Map<string, Set<ApiVersion>>();
  const use = (target: string, version: ApiVersion): void => {
    versions.set(target, (versions.get(target) ?? new Set()).add(version));
  };
  for (const job of open.project.desired) if (scope.includes(job.address, undefined)) use(job.target, job.apiVersion);
  for (const [address, job] of Object.entries(state?.jobs ?? {})) {
    if (scope.includes(address, job)) use(splitAddress(address).target, job.apiVersion);
  }
  for (const intent of state?.open ?? []) use(intent.target, intent.apiVersion);
  return [...versions].map(([name, set]) => [name, [...set].sort()] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}

function unknownTarget({ state }: EstateOptions, name: string): InvalidInputError {
  const owned = Object.keys(state?.jobs ?? {}).filter((address) => splitAddress(address).target === name);
  return new InvalidInputError([
    {
      code: "JW1214",
      severity: "error",
      message: `the state owns ${owned.length} jobs on the target ${name}, which the config does not know any more`,
      hint: "Name the target again under `targets`, or forget its jobs with `jobwright state rm`.",
    },
  ]);
}

/** Reads what is live, proves what is absent, and puts together what planning needs. */
export async function readEstate(options: EstateOptions): Promise<Estate> {
  const { open, scope, flags, state, shell } = options;
  const { clients, transport } = connectTargets(options);
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.close()));
    await transport.close();
  };
  try {
    const live = new Map<string, readonly LiveJob[]>();
    const warnings: PlanWarning[] = [];
    await Promise.all(
      [...clients].map(async ([name, client]) => {
        const listed = await during(shell, [`Reading ${name}`, "jobs"], ({ at }) => client.list(at));
        live.set(name, [...listed, ...(await unlisted(options, name, client, listed, warnings))]);
      }),
    );
    const input: PlanInput = {
      desired: open.project.desired,
      inScope: scope.includes,
      narrowed: scope.narrowed,
      ...(scope.shard === undefined ? {} : { shard: scope.shard }),
      live: new Map([...live].sort(([a], [b]) => (a < b ? -1 : 1))),
      targets: identities(clients),
      state,
      stateless: open.project.config.state.store === "none",
      safety: open.project.config.safety,
      ...(options.reviewed === undefined ? {} : { reviewed: options.reviewed }),
      flags,
      platform: providerOf,
      secrets: open.project.secrets,
      fingerprint: fingerprintOf(options),
      credentials: credentialsOf(options, clients),
      now: shell.runtime.clock.wall(),
    };
    return { clients, input, warnings, shell, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How this run fingerprints secrets; without a state there is nothing to compare with. */
function fingerprintOf({ shell, state }: EstateOptions): PlanInput["fingerprint"] {
  return createFingerprint({ stateKey: shell.runtime.env["JOBWRIGHT_STATE_KEY"] ?? "", salt: state?.salt ?? "" });
}

/** Fingerprints of what the targets are reached with. Not comparable with those of the same values in a job. */
export function credentialsOf(
  options: EstateOptions,
  clients: ReadonlyMap<string, ProviderClient>,
): PlanInput["credentials"] {
  const fingerprint = fingerprintOf(options);
  const { secrets } = options.open.project;
  return (target) => {
    const client = clients.get(target);
    const value = client === undefined ? undefined : secrets.value(client.credentials);
    return value === undefined ? undefined : fingerprint(`credentials of a target: ${value}`);
  };
}

function identities(clients: ReadonlyMap<string, ProviderClient>): Readonly<Record<string, TargetIdentity>> {
  return Object.fromEntries([...clients].map(([name, client]) => [name, client.identity]));
}

/** Owned jobs that a list lacks, read by id: only that proves that a job is gone. */
async function unlisted(
  { state, flags, shell }: EstateOptions,
  target: string,
  client: ProviderClient,
  listed: readonly LiveJob[],
  warnings: PlanWarning[],
): Promise<readonly LiveJob[]> {
  const ids = new Set(listed.map((job) => job.id));
  const missing = Object.entries(state?.jobs ?? {}).filter(
    ([address, job]) => splitAddress(address).target === target && !ids.has(job.id),
  );
  const limit = pLimit(READS_AT_ONCE);
  // Past the missing-jobs guard the plan is refused whatever the rest would prove: a sample will do.
  const owned = Object.keys(state?.jobs ?? {}).filter((address) => splitAddress(address).target === target).length;
  const prove = flags.acceptMissing || missing.length <= Math.max(MISSING_SAMPLE, owned * 0.3);
  const sample = prove ? missing : missing.slice(0, MISSING_SAMPLE);
  if (sample.length === 0) return [];
  const found = await during(shell, [`Looking for jobs of ${target} that its list lacks`], ({ at }) => {
    let done = 0;
    return Promise.all(
      sample.map(([address, job]) =>
        limit(async () => {
          const read = [address, await client.get(job.id, { apiVersion: job.apiVersion })] as const;
          at(++done, sample.length);
          return read;
        }),
      ),
    );
  });
  return found.flatMap(([address, job]) => {
    if (job === undefined) return [];
    warnings.push({ code: "JW2035", address, message: "the list lacked this job, reading it found it" });
    return [job];
  });
}

/**
 * Plans, with secret values read where nothing else tells whether they changed or where a PUT has to carry them. Throws
 * where a PUT would lose a secret that can be had nowhere.
 */
export async function planEstate(estate: Estate): Promise<{ readonly plan: Plan; readonly input: PlanInput }> {
  const first = await planned(estate, estate.input);
  const wanting = first.actions.filter((action) => needsSecrets(estate.input, action));
  if (wanting.length === 0) return { plan: withWarnings(first, estate), input: estate.input };
  const shown = await readSecrets(estate, wanting);
  const live = new Map(
    [...estate.input.live].map(([target, jobs]) => [
      target,
      jobs.map((job) => shown.get(addressOf(target, job.id)) ?? job),
    ]),
  );
  const input = { ...estate.input, live };
  const plan = await planned(estate, input);
  const lost = plan.actions.flatMap((action) => lostSecrets(input, action));
  if (lost.length > 0) throw new InvalidInputError(lost);
  return { plan: withWarnings(plan, estate), input };
}

function planned({ shell }: Estate, input: PlanInput): Promise<Plan> {
  const jobs = input.desired.length;
  return during(shell, [`Planning ${jobs} ${jobs === 1 ? "job" : "jobs"}`], () => makePlan(input));
}

function withWarnings(plan: Plan, { warnings, input }: Estate): Plan {
  const open: PlanWarning[] = (input.state?.open ?? [])
    .filter(
      ({ action, address }) => action === "create" && (input.shard === undefined || inShard(input.shard, address)),
    )
    .map(({ address, at }) => ({
      code: "JW2005",
      address,
      message: `nobody can say yet whether the create of ${at} happened; the next apply settles it`,
    }));
  return { ...plan, warnings: [...plan.warnings, ...warnings, ...open] };
}

function needsSecrets(input: PlanInput, action: Action): boolean {
  return (
    action.provider === "blaxel" && ((action.unverifiable?.length ?? 0) > 0 || carriedSecrets(input, action).length > 0)
  );
}

/** Masked values that a PUT of this action would have to carry and that no manifest declares. */
function carriedSecrets(
  input: PlanInput,
  { provider, live, desired, base, changes, requests }: Action,
): readonly string[] {
  if (live === undefined || !requests.some((r) => r.method === "PUT" || r.method === "POST")) return [];
  const { fields } = input.platform(provider);
  const known = desired === undefined ? live : withDeclaredSecrets(fields, live, desired, base);
  return maskedPaths(fields, known.document).filter(
    (path) => !changes.some((c) => path === c.path || path.startsWith(`${c.path}/`)),
  );
}

async function readSecrets(estate: Estate, actions: readonly Action[]): Promise<ReadonlyMap<Address, LiveJob>> {
  const limit = pLimit(READS_AT_ONCE);
  const shown = new Map<Address, LiveJob>();
  const read = async (action: Action): Promise<void> => {
    const client = estate.clients.get(action.target);
    const apiVersion = action.desired?.apiVersion ?? action.base?.apiVersion;
    if (client === undefined || action.live === undefined || apiVersion === undefined) return;
    const job = await client.get(action.live.id, { apiVersion, showSecrets: true });
    if (job !== undefined) shown.set(addressOf(action.target, job.id), job);
  };
  await during(estate.shell, ["Reading jobs with secrets", "jobs"], ({ at }) => {
    let done = 0;
    return Promise.all(actions.map((action) => limit(() => read(action).then(() => at(++done, actions.length)))));
  });
  return shown;
}

function lostSecrets(input: PlanInput, action: Action) {
  return carriedSecrets(input, action).map((path) => {
    const name = path.split("/").at(-2) ?? path;
    const imported = Object.hasOwn(action.base?.unverified ?? {}, path);
    const why = imported ? "which was imported and never compared with its variable" : "which no manifest declares";
    return {
      code: "JW2060",
      severity: "error" as const,
      message: `${action.address}: the live job has the secret ${name}, ${why}, and this key may not read it; a PUT would lose it`,
      ...(action.source ?? {}),
      address: action.address,
      hint: imported
        ? `Say that the variable is right: --rotate ${action.address}/${name}. Or use the key of a workspace admin.`
        : `Declare it (name: ${name}, value: "\${env:${name}}", secret: true), or use the key of a workspace admin.`,
    };
  });
}
