// Loaded before a program that is measured: writes its peak memory (KiB) to the file in BENCH_PEAK when it ends.
const { writeFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");
if (isMainThread) {
  process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));
}
