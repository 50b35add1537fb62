import { check } from "../commands/validate.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Address, ApiVersion, DesiredJob, ProviderId, SourceLocation } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import { toJson } from "../state/codec.ts";
import { remember, shellOf } from "./opened.ts";
import type { World } from "./world.ts";

const VERSION = process.env["JOBWRIGHT_VERSION"] ?? "0.0.0";

/** Which project to load, and how. */
export interface ProjectOptions extends World {
  /** The config file, relative to `cwd`. Default: jobwright.yaml, looked for upwards. */
  readonly config?: string;
  /** The environment of the config. Default: the variable `JOBWRIGHT_ENV`. */
  readonly environment?: string;
  /** Files, folders or globs that narrow everything that is done with the project. */
  readonly paths?: readonly string[];
  /** Use an embedded sandbox instead of the platforms: no account, no key, no network. */
  readonly sandbox?: boolean;
}

/** A project as its files were when it was loaded. `plan`, `apply` and `drift` read them anew. */
export interface Project {
  /** The absolute path of the project's folder. */
  readonly root: string;
  /** "" for none. */
  readonly environment: string;
  /** All jobs without errors, sorted by address. */
  readonly jobs: readonly DeclaredJob[];
  /** The manifests, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Errors and warnings, sorted by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether no diagnostic is an error. Nothing can be planned otherwise. */
  readonly valid: boolean;
}

/** A job as its manifest declares it, everything resolved. */
export interface DeclaredJob {
  /** `<target>/<name>`. */
  readonly address: Address;
  readonly target: string;
  readonly provider: ProviderId;
  readonly apiVersion: ApiVersion;
  readonly name: string;
  readonly source: SourceLocation;
  /** `metadata` and `spec`; a secret stands as `{"$secret": "env:NAME"}`. */
  readonly document: JsonObject;
}

/**
 * Loads and checks a project: config, manifests, variables; no network. Bad input ends in `diagnostics`, all of it;
 * throws only what the system throws.
 */
export async function loadProject(options: ProjectOptions = {}): Promise<Project> {
  const shell = shellOf(options, VERSION);
  const globals = {
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.environment === undefined ? {} : { env: options.environment }),
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
    paths: options.paths ?? [],
  };
  const { config, desired, selected, files, diagnostics } = await check(shell, { ...globals, allowEmpty: true });
  const { text } = shell.redactor;
  const project: Project = {
    root: config.root,
    environment: config.environment,
    jobs: desired.filter(({ address }) => selected.has(address)).map(declaredJob),
    files,
    diagnostics: diagnostics.map(({ message, hint, frame, ...rest }) => ({
      ...rest,
      message: text(message),
      ...(hint === undefined ? {} : { hint: text(hint) }),
      ...(frame === undefined ? {} : { frame: text(frame) }),
    })),
    valid: diagnostics.every(({ severity }) => severity !== "error"),
  };
  remember(project, { shell, options: globals });
  return project;
}

function declaredJob({ address, target, provider, apiVersion, name, source, document }: DesiredJob): DeclaredJob {
  return { address, target, provider, apiVersion, name, source, document: toJson(document) as JsonObject };
}
