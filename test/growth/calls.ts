import { Session } from "node:inspector/promises";
import { ROOT } from "../support/source-files.ts";

/**
 * How often functions of src/ are called while some work is done: a measure of work that is the same on every machine,
 * busy or not.
 */
export async function callsOf(work: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    // What was called before is not counted.
    await session.post("Profiler.takePreciseCoverage");
    await work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const ours = result.filter(({ url }) => url.includes(`${ROOT}src/`));
    return ours
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges[0]?.count ?? 0))
      .reduce((sum, count) => sum + count, 0);
  } finally {
    session.disconnect();
  }
}
