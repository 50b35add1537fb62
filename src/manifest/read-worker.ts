/** Runs on a thread of its own: reads the files that it takes from the shared list, and answers with their documents. */
import { parentPort, workerData } from "node:worker_threads";
import type { RealFolders } from "./read-file.ts";
import { readReady } from "./read-ready.ts";
import { takeChunk, type WorkerTask } from "./read-threads.ts";

const folders: RealFolders = new Map();
const { root, files, taken } = workerData as WorkerTask;
for (let chunk = takeChunk(files, taken); chunk !== undefined; chunk = takeChunk(files, taken)) {
  const { from, to } = chunk;
  parentPort?.postMessage({ from, ready: files.slice(from, to).map((file) => readReady(root, file, folders)) });
}
