import type { Transport } from "../http/transport.ts";
import type { SecretTable } from "../model/document.ts";
import type { Progress } from "../model/progress.ts";
import type { Runtime } from "../model/runtime.ts";
import type { Redactor } from "../render/redact.ts";
import type { RenderStyle } from "../render/style.ts";
import type { Disk } from "../state/disk.ts";
import type { Host } from "../state/host.ts";

/** What a command may use of the world. Built once by the entry point; tests build their own. */
export interface Shell {
  readonly runtime: Runtime;
  /** `0.1.0`. */
  readonly version: string;
  /** `OWNER/jobwright`, where this build's package names its repository on GitHub. */
  readonly repository?: string;
  readonly disk: Disk;
  readonly host: Host;
  /** Makes the transport of a run; closed by whoever asked for it. */
  readonly transport: (env: Runtime["env"]) => Transport;
  /** Tells every output sink about secrets from now on. */
  readonly guard: (secrets: SecretTable) => void;
  /** Takes known secret values out of what is written. */
  readonly redactor: Redactor;
  /** How stdout looks. */
  readonly style: RenderStyle;
  /** How stderr looks, where the log goes. Default: plain. */
  readonly errorStyle?: RenderStyle;
  /** Told how far a run is. Default: nobody is. */
  readonly progress?: Progress;
  /** Asks on the terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Is given what to say of how far the work has come, should the program itself fail from now on. */
  readonly onCrash?: (came: () => string) => void;
  /** `-v`: lines about each request. */
  readonly trace: ((line: string) => void) | undefined;
}

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly env?: string;
  readonly sandbox?: boolean;
}

/** What a command answers: what to print on stdout and how to end. */
export interface CommandResult {
  /** 0 done, 1 error, 2 changes or drift, 3 refused, 130 interrupted. */
  readonly exitCode: number;
  /** Whole, with its line end; "" for nothing. Known secret values are out of it. */
  readonly stdout: string;
}
