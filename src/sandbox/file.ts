import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { JobwrightError } from "../errors.ts";
import type { Json } from "../model/json.ts";
import { renameOver } from "../state/disk.ts";
import { type SandboxData, type Snapshot, snapshotProblem } from "./store.ts";

/** Keeps the jobs of a sandbox in a file. */
export interface SandboxFile {
  /** Takes the file in where it is newer than what is known here. False where there is none. */
  load(): Promise<boolean>;
  /** Resolves when everything that changed so far is in the file. */
  save(): Promise<void>;
}

/** The file at `path`, JSON, readable by its owner only. Failures are JobwrightErrors; a broken file is left alone. */
export function sandboxFile(path: string, data: SandboxData): SandboxFile {
  let seen: string | undefined;
  let dirty = false;
  let saving: Promise<void> | undefined;
  data.onMutation(() => {
    dirty = true;
  });

  const write = async (): Promise<void> => {
    while (dirty) {
      dirty = false;
      try {
        seen = await writeWhole(path, `${JSON.stringify(data.snapshot())}\n`);
      } catch (cause) {
        dirty = true;
        throw new JobwrightError("JW5402", "storage", `the sandbox cannot write ${path}: ${reasonOf(cause)}`, {
          hint: "Make the folder writable, or name another file.",
          cause,
        });
      }
    }
  };
  return {
    async load() {
      const before = data.mutations;
      const ours = () => dirty || saving !== undefined || data.mutations !== before;
      if (ours()) return true;
      const found = await versionOf(path);
      if (found === undefined) return false;
      if (found === seen || ours()) return true;
      const snapshot = await readSnapshot(path);
      if (ours()) return true;
      data.restore(snapshot);
      seen = found;
      return true;
    },
    async save() {
      if (!dirty && !saving) return;
      saving ??= write().finally(() => {
        saving = undefined;
      });
      await saving;
    },
  };
}

async function readSnapshot(path: string): Promise<Snapshot> {
  const broken = (why: string, cause?: unknown) =>
    new JobwrightError("JW5401", "storage", `the sandbox cannot read ${path}: ${why}`, {
      hint: "It is left as it is. Move it away to start with an empty sandbox, or restore a copy.",
      ...(cause === undefined ? {} : { cause }),
    });
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw broken(reasonOf(cause), cause);
  });
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw broken(text.trim() === "" ? "it is empty" : "it is not JSON", cause);
  }
  const problem = snapshotProblem(value);
  if (problem !== undefined) throw broken(problem);
  return value as unknown as Snapshot;
}

/** Tells one writing of the file from the next; undefined where there is no file. */
async function versionOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (reasonOf(error) === "ENOENT") return undefined;
    throw new JobwrightError("JW5401", "storage", `the sandbox cannot read ${path}: ${reasonOf(error)}`, {
      hint: "Name another file, or make this one readable.",
      cause: error,
    });
  });
  return found && `${found.ino} ${found.mtimeNs} ${found.size}`;
}

async function writeWhole(path: string, text: string): Promise<string | undefined> {
  const whole = resolve(path);
  const temporary = `${whole}.${randomBytes(6).toString("hex")}.tmp`;
  await mkdir(dirname(whole), { recursive: true });
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await renameOver(temporary, whole);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return versionOf(whole);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}
