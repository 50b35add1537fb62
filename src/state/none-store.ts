import type { Clock } from "../model/runtime.ts";
import { emptyState } from "./changes.ts";
import { randomHex } from "./failure.ts";
import type { LockControl } from "./lock-record.ts";
import { createMemorySink, createSession } from "./session.ts";
import type { StateStore } from "./store.ts";

/** No state: what a session is told lasts as long as the session. */
export function createNoneStore(options: {
  readonly environment: string;
  readonly clock: Clock;
  readonly random: () => number;
}): StateStore & LockControl {
  const { environment, clock, random } = options;
  const free = { place: "none", held: false, verdict: "free", evidence: "there is no state to lock" } as const;
  return {
    kind: "none",
    place: "none",
    read: async () => undefined,
    open: async () => {
      const sink = createMemorySink(
        emptyState({ lineage: randomHex(random, 16), salt: randomHex(random, 16), environment }),
      );
      return createSession({ sink, run: randomHex(random, 8), clock, lastSeq: 0 });
    },
    lockStatus: async () => free,
    unlock: async () => free,
  };
}
