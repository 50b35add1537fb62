import { createHash } from "node:crypto";
import { declaredJson } from "../../src/apply/entry.ts";
import { SAFETY_DEFAULTS } from "../../src/model/config.ts";
import type { Document, Value } from "../../src/model/document.ts";
import type { Annotations, DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { JobState, State } from "../../src/model/state.ts";
import { NO_FLAGS, type PlanInput } from "../../src/plan/input.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { createSecretTable } from "../../src/secrets.ts";

const ANNOTATIONS: Annotations = { protect: false, onRemove: "delete", ignore: [] };

/** A Nimble manifest as loaded. */
export function nimbleJob(name: string, spec: JsonObject, more: Partial<DesiredJob> = {}): DesiredJob {
  return {
    address: `nimble/${name}`,
    target: "nimble",
    provider: "nimble",
    apiVersion: "nimbleway.com/v1",
    name,
    document: { metadata: { name }, spec },
    annotations: ANNOTATIONS,
    ignore: [],
    source: { file: `jobs/${name}.yaml`, line: 1, column: 1 },
    ...more,
  };
}

/** A Blaxel manifest as loaded. */
export function blaxelJob(name: string, spec: { [key: string]: Value }, more: Partial<DesiredJob> = {}): DesiredJob {
  return {
    ...nimbleJob(name, {}),
    address: `blaxel/${name}`,
    target: "blaxel",
    provider: "blaxel",
    apiVersion: "blaxel.ai/v1alpha1",
    document: { metadata: { name }, spec },
    ...more,
  };
}

/** A live job with this document. */
export function liveJob(id: string, document: Document, more: Partial<LiveJob> = {}): LiveJob {
  return { id, name: String(document.metadata["name"]), document, facts: {}, inexact: [], ...more };
}

/** A live Nimble job `job_<n>`. */
export function liveNimble(n: number, name: string, spec: JsonObject): LiveJob {
  return liveJob(`job_${n}`, { metadata: { name }, spec });
}

/** A fast stand-in for the state's fingerprints. */
export function testFingerprint(value: string): string {
  return `test:${createHash("sha256").update(value).digest("hex").slice(0, 16)}`;
}

/** What the state holds of a job that was applied as `document`. */
export function stateOf(
  id: string,
  job: DesiredJob,
  secrets = createSecretTable(),
  more: Partial<JobState> = {},
): JobState {
  return {
    id,
    apiVersion: job.apiVersion,
    declared: declaredJson({ secrets, fingerprint: testFingerprint, now: new Date(0) }, job.document),
    protect: job.annotations.protect,
    onRemove: job.annotations.onRemove,
    file: job.source.file,
    adopted: false,
    appliedAt: "2026-01-01T00:00:00Z",
    ...more,
  };
}

/** A state that owns these jobs. */
export function state(jobs: Readonly<Record<string, JobState>>): State {
  return {
    formatVersion: 1,
    lineage: "lineage",
    serial: 1,
    salt: "00",
    environment: "",
    targets: {},
    jobs,
    open: [],
    applied: [],
  };
}

/** Everything that a plan needs, empty but for what is given. */
export function planInput(more: Partial<PlanInput>): PlanInput {
  return {
    desired: [],
    inScope: () => true,
    narrowed: false,
    live: new Map(),
    targets: {},
    state: state({}),
    stateless: false,
    safety: SAFETY_DEFAULTS,
    flags: NO_FLAGS,
    platform: (id) => PROVIDERS[id],
    secrets: createSecretTable(),
    fingerprint: testFingerprint,
    credentials: () => undefined,
    now: new Date("2026-11-23T00:00:00Z"),
    ...more,
  };
}
