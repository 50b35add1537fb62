import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ReadyDocument } from "./read-ready.ts";

/** What a worker is started with. */
export interface WorkerTask {
  readonly root: string;
  readonly files: readonly string[];
  /** One number: how many chunks are taken. */
  readonly taken: Int32Array;
}

/** Reads one file, given what a worker made of it, if one did. */
export type AddFile = (file: string, order: number, ready: readonly ReadyDocument[] | undefined) => void;

/** Files that are taken at a time. */
const CHUNK = 64;

/** A worker costs about as much as reading so many files, and some memory. */
const FILES_PER_WORKER = 400;
const MOST_WORKERS = 3;

/** The next files that nobody has taken yet; undefined where there are none. */
export function takeChunk(
  files: readonly string[],
  taken: Int32Array,
): { readonly from: number; readonly to: number } | undefined {
  const from = Atomics.add(taken, 0, 1) * CHUNK;
  return from < files.length ? { from, to: Math.min(from + CHUNK, files.length) } : undefined;
}

/**
 * Has every file added, each once, in any order. Many files are shared between this thread and workers, which only
 * read and parse; whatever a worker cannot settle is done here.
 */
export async function addFiles(root: string, files: readonly string[], add: AddFile): Promise<void> {
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const left = new Set(files.keys());
  const addOne = (order: number, ready?: readonly ReadyDocument[]): void => {
    const file = files[order];
    if (left.delete(order) && file !== undefined) add(file, order, ready);
  };
  const workers = startWorkers({ root, files, taken }, addOne);
  for (let chunk = takeChunk(files, taken); chunk !== undefined; chunk = takeChunk(files, taken)) {
    for (let order = chunk.from; order < chunk.to; order++) addOne(order);
    await setImmediate();
  }
  await Promise.all(workers);
  for (const order of [...left]) addOne(order);
}

/** Each resolves when its worker has ended, whatever came of it. */
function startWorkers(
  task: WorkerTask,
  addOne: (order: number, ready: readonly ReadyDocument[] | undefined) => void,
): readonly Promise<void>[] {
  const script = workerScript();
  if (script === undefined) return [];
  const count = Math.min(MOST_WORKERS, availableParallelism() - 1, Math.floor(task.files.length / FILES_PER_WORKER));
  return Array.from(
    { length: Math.max(0, count) },
    () =>
      new Promise<void>((resolve) => {
        const worker = new Worker(script, { workerData: task });
        worker.on("message", ({ from, ready }: { from: number; ready: (readonly ReadyDocument[] | undefined)[] }) => {
          for (const [i, documents] of ready.entries()) addOne(from + i, documents);
        });
        worker.on("error", () => resolve());
        worker.on("exit", () => resolve());
      }),
  );
}

/** The build puts it beside the program; from source there is none, and everything is read on this thread. */
function workerScript(): URL | undefined {
  const file = process.env.JOBWRIGHT_READ_WORKER;
  if (file === undefined) return undefined;
  return new URL(`${import.meta.url.includes("/chunks/") ? "../" : "./"}${file}`, import.meta.url);
}
