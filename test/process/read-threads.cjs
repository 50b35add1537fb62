// Preloaded with `node --require`, in the main thread and in each worker: notes in READ_THREADS_LOG that a worker runs, and
// with READ_THREADS_END ends it after so many answers, as a lack of memory would.
const { appendFileSync } = require("node:fs");
const { isMainThread, parentPort } = require("node:worker_threads");
if (!isMainThread) {
  appendFileSync(process.env.READ_THREADS_LOG, "worker\n");
  const { postMessage } = parentPort;
  let left = Number(process.env.READ_THREADS_END ?? Number.POSITIVE_INFINITY);
  parentPort.postMessage = (...args) => {
    if (left === 0) process.exit(1);
    left -= 1;
    postMessage.apply(parentPort, args);
  };
}
