/** The sandbox of a benchmark, in a process of its own; `process.argv[2]` is its {@link ServerTask} as JSON. */
import { startSandbox } from "../src/sandbox/server.ts";
import { type EstateShape, seedOf } from "./estate.ts";

/** What to serve, and how. */
export interface ServerTask {
  readonly estate: EstateShape;
  /** Requests a second for each key. */
  readonly perSecond?: number;
}

/** What a running server is told: from now on every answer takes so long. It answers with the requests it had so far. */
export interface ServerOrder {
  readonly latencyMs: number;
}

const { estate, perSecond } = JSON.parse(process.argv[2] ?? "") as ServerTask;
const options = {
  seed: seedOf(estate),
  logLimit: 1,
  latencyMs: 0,
  ...(perSecond === undefined ? {} : { rateLimit: { perSecond } }),
};
const sandbox = await startSandbox(options);
process.on("message", ({ latencyMs }: ServerOrder) => {
  options.latencyMs = latencyMs;
  process.send?.({ requests: sandbox.log.entries.at(-1)?.seq ?? 0 });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: sandbox.url });
