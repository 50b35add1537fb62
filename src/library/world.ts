import type { Env } from "../model/runtime.ts";

/** What of the outside world a project may use. Nothing here is taken from the process unless it is left out. */
export interface World {
  /** Where to start from; config and manifests are looked for from here. Default: the process's working directory. */
  readonly cwd?: string;
  /** Variables: credentials, base URLs, `${env:...}` of manifests. Default: the process's environment. */
  readonly env?: Env;
  /** Gets progress and warnings, a line at a time, known secret values taken out. Default: nobody does. */
  readonly log?: (line: string) => void;
  /** Aborting it starts nothing new; what is under way is finished and recorded. */
  readonly signal?: AbortSignal;
}
