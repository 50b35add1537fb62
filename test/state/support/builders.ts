import type { Intent, JobState } from "../../../src/model/state.ts";
import type { Disk } from "../../../src/state/disk.ts";
import type { FileStoreOptions } from "../../../src/state/file-store.ts";
import type { Host } from "../../../src/state/host.ts";
import type { OpenOptions, Settlement } from "../../../src/state/store.ts";
import { createMachine, createTestClock, seeded } from "./world.ts";

/** A job's entry as apply would make it. */
export function jobState(id: string, further: Partial<JobState> = {}): JobState {
  return {
    id,
    apiVersion: "nimbleway.com/v1",
    declared: { metadata: { name: `name of ${id}` }, spec: { agent_name: "a" } },
    protect: false,
    onRemove: "delete",
    adopted: false,
    appliedAt: "2026-01-01T00:00:00.000Z",
    ...further,
  };
}

/** An intent to create a job. */
export function wanted(name: string): Omit<Intent, "seq" | "run" | "at"> {
  return {
    address: `nimble/${name}`,
    target: "nimble",
    action: "create",
    name,
    apiVersion: "nimbleway.com/v1",
    before: [],
  };
}

/** The end of a create that happened. */
export function done(intent: Intent, id: string): Settlement {
  return { seq: intent.seq, kind: "done", change: { kind: "put", address: intent.address, job: jobState(id) } };
}

/** How the tests open a state. */
export function opening(further: Partial<OpenOptions> = {}): OpenOptions {
  return {
    holder: "ada@desk",
    command: "apply",
    lockTimeoutMs: 0,
    message: "jobwright apply",
    environment: "",
    ...further,
  };
}

/** Options of a file store in `/project/.jobwright`. */
export function fileOptions(disk: Disk, further: Partial<FileStoreOptions> = {}): FileStoreOptions {
  const host: Host = createMachine("desk").process(1);
  return {
    directory: "/project/.jobwright",
    root: "/project",
    environment: "",
    disk,
    host,
    clock: createTestClock(),
    random: seeded(1),
    ...further,
  };
}
