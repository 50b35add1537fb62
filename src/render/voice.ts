import type { Action, Cause } from "../model/plan.ts";

/** How causes are told in a plan and in a drift report. */
export interface Voice {
  /** Words beside a change; none for what goes without saying. */
  readonly cause: (cause: Cause) => string | undefined;
  /** What comes of a conflict. */
  readonly conflict: string;
}

const NO_BASE = "unknown cause: no base";

/** What stands beside the changes of a planned action. */
export function planVoice({ action }: Pick<Action, "action">): Voice {
  return {
    conflict: "Git and the live job both moved; what Git says is written",
    cause: (cause) => {
      // A job that is made again because it is gone says so once, not field by field.
      if (action === "create") return undefined;
      if (cause === "drift") return "drift: changed live";
      if (cause === "conflict") return "conflict";
      if (cause === "paused") return "paused by hand";
      return cause === "unknown" && action !== "adopt" ? NO_BASE : undefined;
    },
  };
}

/** What stands beside the changes of a drift report, where drift goes without saying. */
export const DRIFT_VOICE: Voice = {
  conflict: "Git and the live job both moved",
  cause: (cause) => (cause === "conflict" ? "conflict" : cause === "unknown" ? NO_BASE : undefined),
};
