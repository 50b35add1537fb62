import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { canonical, sha256 } from "../document/canonical.ts";
import { valueAt } from "../document/edit.ts";
import { JobwrightError, RefusedError } from "../errors.ts";
import { isList, isObject, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { DesiredJob } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { Action, PlannedRequest, Refusal } from "../model/plan.ts";
import type { State } from "../model/state.ts";
import { identity } from "../plan/guard.ts";
import type { PlanInput } from "../plan/input.ts";
import type { PlanDocument } from "../render/plan-document.ts";
import { MAX_PLAN_BYTES, readPlanDocument, type SavedPlan } from "../render/plan-reader.ts";
import { because } from "../state/failure.ts";
import type { PlanOptions } from "./plan-options.ts";
import type { Shell } from "./shell.ts";

/** A plan's document with a checksum over all of it: shows that a file was changed, not who did it. */
export function withChecksum<T extends PlanDocument>(document: T): T & { readonly checksum: string } {
  return { ...document, checksum: checksumOf(document as unknown as JsonObject) };
}

function checksumOf(document: JsonObject): string {
  const { checksum: _, ...rest } = document;
  return sha256(canonical(JSON.parse(JSON.stringify(rest)) as Value));
}

/** Whether the one path that `apply` got names a saved plan: it ends in .json, or is a file that holds no YAML. */
export function isPlanPath(cwd: string, paths: readonly string[] | undefined): paths is readonly [string] {
  const [path, ...others] = paths ?? [];
  if (path === undefined || others.length > 0) return false;
  if (path.endsWith(".json")) return true;
  return !/\.ya?ml$/i.test(path) && statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isFile() === true;
}

/** Reads a saved plan. Throws RefusedError (exit 3) where it was changed since it was written. */
export async function readSavedPlan(shell: Shell, path: string): Promise<SavedPlan> {
  const file = resolve(shell.runtime.cwd, path);
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_PLAN_BYTES) throw new Error(`it is ${size} bytes long`);
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new JobwrightError("JW5101", "invalid", `${path} cannot be read: ${because(cause)}`, {
      hint: "Nothing was sent. Name a file that `jobwright plan --out` wrote.",
      cause,
    });
  }
  return savedPlan(text, path);
}

/** A saved plan from its text; `path` is for messages. Throws RefusedError (exit 3) where it was changed. */
export function savedPlan(text: string, path: string): SavedPlan {
  // First of all: what was changed by hand is told as that, whatever shape it has now.
  const checksum = checksumIn(text);
  if (checksum === "wrong") throw tampered(`${path} was changed after it was written`);
  try {
    return readPlanDocument(text, path);
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    // We never write what we cannot read.
    if (checksum === "right") throw tampered(error.message);
    if (error.code !== "JW5102") throw error;
    throw new RefusedError([{ code: error.code, message: error.message, hint: error.hint ?? AGAIN }]);
  }
}

/** Whether a document has the checksum that it should; undefined where it is no document of our version. */
function checksumIn(text: string): "right" | "wrong" | undefined {
  try {
    const raw = JSON.parse(text.replace(/^\ufeff/, "")) as JsonObject | null;
    if (raw?.["formatVersion"] !== 1) return undefined;
    return raw["checksum"] === checksumOf(raw) ? "right" : "wrong";
  } catch {
    // No JSON, or nested too deep: the reader says so.
    return undefined;
  }
}

function tampered(message: string): RefusedError {
  return new RefusedError([{ code: "JW3103", message, hint: AGAIN }], "stale");
}

const AGAIN = "Nothing was sent. Make the plan again with `jobwright plan --out`, look at it, and apply that.";

/**
 * Throws where the command line asks for something else than the plan holds: whoever narrows a saved plan must not see
 * all of it applied.
 */
export function checkFlags(saved: SavedPlan, options: PlanOptions): void {
  const made: Readonly<Record<string, unknown>> = { ...savedOptions(saved) };
  const given = Object.entries(FLAGS).filter(([key, _]) => {
    const value = options[key as keyof typeof FLAGS];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return false;
    return canonical(value as Value) !== canonical((made[key] ?? null) as Value);
  });
  const [first] = given;
  if (first === undefined) return;
  throw new JobwrightError(
    "JW5001",
    "invalid",
    `a saved plan is applied as it was made, which was not with ${first[1]}`,
    {
      hint: `Leave ${given.map(([, flag]) => flag).join(", ")} out, or make the plan again with it.`,
    },
  );
}

/** Throws where a plan about to be saved is longer (in bytes) than `apply` would read. */
export function checkPlanSize(bytes: number): void {
  if (bytes <= MAX_PLAN_BYTES) return;
  const mib = (n: number): number => Math.ceil(n / 1024 ** 2);
  const message = `the plan is ${mib(bytes)} MiB long, more than the ${mib(MAX_PLAN_BYTES)} MiB that apply reads`;
  throw new JobwrightError("JW5005", "storage", message, {
    hint: "Narrow it (--only, --target), or split it (--shard).",
  });
}

/** What `apply` takes besides a plan's path that decides what is done. */
const FLAGS = {
  prune: "--prune",
  allowReplace: "--allow-replace",
  resume: "--resume",
  onlyCause: "--only-cause",
  rotate: "--rotate",
  maxDeletes: "--max-deletes",
  maxUpdates: "--max-updates",
  acceptMissing: "--accept-missing",
  target: "--target",
  only: "--only",
  shard: "--shard",
  exclude: "--exclude",
  changedSince: "--changed-since",
} as const satisfies Partial<Record<keyof PlanOptions, string>>;

/** The options that a saved plan was made with: it is applied with those, whatever the command line says. */
export function savedOptions({ meta }: SavedPlan): PlanOptions {
  const { prune, allowReplace, resume, rotate, acceptMissing, overwriteConflicts, onlyCause, maxDeletes, maxUpdates } =
    meta.flags;
  return {
    prune: prune === true,
    allowReplace: allowReplace === true,
    resume: resume === true,
    acceptMissing: acceptMissing === true,
    overwriteConflicts: overwriteConflicts === true,
    rotate: Array.isArray(rotate) ? rotate.map(String) : [],
    ...(onlyCause === "drift" ? { onlyCause } : {}),
    ...(typeof maxDeletes === "number" ? { maxDeletes } : {}),
    ...(typeof maxUpdates === "number" ? { maxUpdates } : {}),
    allowEmpty: true,
  };
}

/** Throws where a saved plan belongs to another state, environment or account, or to a state that has moved on. */
export function checkBelongs({ meta, plan }: SavedPlan, state: State | undefined, environment: string): void {
  const refusals: Refusal[] = [];
  const other = (message: string): void => {
    refusals.push({ code: "JW3104", message, hint: AGAIN });
  };
  if (meta.environment !== environment) {
    other(`the plan is for the environment ${meta.environment || "(none)"}, this run for ${environment || "(none)"}`);
  }
  if (state?.applied.includes(plan.digest)) other("this plan was applied already");
  if ((meta.lineage ?? state?.lineage) !== state?.lineage) other("the plan was made with another state");
  else if ((meta.serial ?? 0) !== (state?.serial ?? 0)) {
    other(`the state has moved on since the plan was made (serial ${meta.serial ?? 0}, now ${state?.serial ?? 0})`);
  }
  if (refusals.length > 0 && plan.actions.length > 0) throw new RefusedError(refusals, "stale");
}

/** Throws where the plan's targets are other accounts than those that this run is connected to. */
export function checkTargets({ plan }: SavedPlan, input: PlanInput): void {
  const refusals = Object.entries(plan.targets).flatMap(([name, then]): Refusal[] => {
    const now = input.targets[name];
    if (now === undefined || identity(now) === identity(then)) return [];
    const message = `the plan was made for ${name} as ${identity(then)}; it is ${identity(now)} now`;
    return [{ code: "JW3104", message, hint: AGAIN }];
  });
  if (refusals.length > 0) throw new RefusedError(refusals, "stale");
}

/** Throws where a plan takes away a job that this checkout declares. */
export function checkRemoved({ plan }: SavedPlan, declared: readonly DesiredJob[]): void {
  const files = new Map(declared.map((job) => [job.address, job.source.file]));
  const refusals = plan.actions.flatMap(({ address, action, desired }): Refusal[] => {
    const file = files.get(address);
    if (desired !== undefined || file === undefined) return [];
    const message = `${address}: the plan has ${action} for it, as for a job without manifest, but ${file} declares it`;
    return [{ code: "JW3102", address, message, hint: AGAIN }];
  });
  if (refusals.length > 0) throw new RefusedError(refusals, "stale");
}

/** Throws where a plan names secrets that no manifest of this checkout uses: only those are resolved. */
export function checkSecrets({ plan, redacted }: SavedPlan, secrets: SecretTable): void {
  const refusals: Refusal[] = redacted.map((address) => ({
    code: "JW3103",
    address,
    message: `${address}: a secret stands in plain text in this plan's source and was blanked, so it cannot be applied as saved`,
    hint: "Move the secret into a variable (${env:NAME}), or apply without a saved plan.",
  }));
  for (const { address, desired, requests } of plan.actions) {
    for (const ref of new Set([desired?.document, ...requests.map((r) => r.body)].flatMap(secretsIn))) {
      if (ref.text === "live" || secrets.value(ref) !== undefined) continue;
      const message = `${address}: the plan wants the secret ${ref.text}, which the manifests here do not use, or whose variable is not set`;
      refusals.push({
        code: "JW3103",
        address,
        message,
        hint: "Set the variable; if the manifests changed, make the plan again.",
      });
    }
  }
  if (refusals.length > 0) throw new RefusedError(refusals, "stale");
}

function secretsIn(value: Value | undefined): readonly SecretRef[] {
  if (value instanceof SecretRef) return [value];
  if (isList(value)) return value.flatMap(secretsIn);
  return isObject(value) ? Object.values(value).flatMap(secretsIn) : [];
}

/**
 * Throws (exit 3) unless every action of a saved plan comes out again just so from its own declared job, the state and
 * what is live now. Fields that a PUT only carries may have moved: its body is built anew when it is sent.
 */
export function checkSame(saved: readonly Action[], now: readonly Action[], input: PlanInput): void {
  const found = new Map(now.map((action) => [action.address, action]));
  const stale = saved.flatMap((action): Refusal[] => {
    const why = difference(action, found.get(action.address), input);
    if (why === undefined) return [];
    const message = `${action.address}: ${why}`;
    return [{ code: "JW3102", address: action.address, message, hint: AGAIN }];
  });
  const known = new Set(saved.map((action) => action.address));
  for (const { address } of now.filter((action) => !known.has(action.address))) {
    stale.push({
      code: "JW3103",
      address,
      message: `${address}: the plan has no action for it, but one would come of it`,
      hint: AGAIN,
    });
  }
  if (stale.length > 0) throw new RefusedError(stale, "stale");
}

function difference(saved: Action, now: Action | undefined, input: PlanInput): string | undefined {
  if (now === undefined) return `nothing would be done by now, the plan has ${saved.action}`;
  if (saved.action !== now.action || saved.id !== now.id)
    return `it would be ${now.action} by now, the plan has ${saved.action}`;
  if (canonical(changesOf(saved)) !== canonical(changesOf(now))) return "the changes are others by now";
  if (saved.precondition !== now.precondition) return "a managed field was changed since the plan";
  const { fields } = input.platform(saved.provider);
  const decided = (requests: readonly PlannedRequest[]): string =>
    canonical(requests.map(({ method, path, body }) => [method, path, method === "PUT" ? ours(body) : (body ?? null)]));
  const paths = [...saved.changes.map((change) => change.path)];
  const ours = (body: Value | undefined): Value => paths.map((path) => valueAt(fields, body ?? null, path) ?? null);
  return decided(saved.requests) === decided(now.requests)
    ? undefined
    : "the plan's request is not what its changes come to";
}

function changesOf({ changes }: Action): Value {
  return changes.map(({ op, path, before, after, cause }) => [op, path, before ?? null, after ?? null, cause]);
}
