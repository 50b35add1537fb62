import { join } from "node:path";
import { InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import { type LoadedProject, loadProject } from "../manifest/load.ts";
import type { Config, TargetConfig } from "../model/config.ts";
import type { Env } from "../model/runtime.ts";
import { renderDiagnostics } from "../render/diagnostics.ts";
import { redactDiagnostics } from "../render/redact-error.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import type { Sandbox } from "../sandbox/server.ts";
import { during } from "./during.ts";
import type { GlobalOptions, Shell } from "./shell.ts";

/** A project that is open: its manifests are loaded, and with `--sandbox` the sandbox runs. */
export interface OpenProject {
  readonly project: LoadedProject;
  /** The environment for clients: the sandbox's own values where one runs. */
  readonly env: Env;
  /** Absolute folder of the file store. */
  readonly stateDirectory: string;
  readonly sandbox: Sandbox | undefined;
  readonly targets: Readonly<Record<string, TargetConfig>>;
  close(): Promise<void>;
}

/** What tells where the state of a project is. */
export interface StatePlace extends Pick<OpenProject, "sandbox" | "stateDirectory"> {
  readonly project: Pick<LoadedProject, "config">;
}

/** How to open a project. */
export interface OpenOptions extends GlobalOptions {
  readonly paths?: readonly string[];
  /** No manifest is no error. */
  readonly allowEmpty?: boolean;
  /** Variables that manifests refer to need not be set: the command does not need the jobs' secrets. */
  readonly unsetVariables?: boolean;
  /** Only the config must be right: the command does not work from the manifests. */
  readonly manifestsMayFail?: boolean;
  /** Told where the state is before manifests are read, for work beside that. Not told with `--sandbox`. */
  readonly onStatePlace?: (place: StatePlace) => void;
  /** With no manifest at all, this would delete everything: then it is refused, not just an error. */
  readonly prune?: boolean;
}

/**
 * Loads manifests and config. Throws InvalidInputError with all diagnostics where there is an error; warnings go to the
 * log. Throws where no manifest is found, unless that is allowed.
 */
export async function openProject(shell: Shell, options: OpenOptions): Promise<OpenProject> {
  const { runtime } = shell;
  const loadOptions = {
    cwd: runtime.cwd,
    env: runtime.env,
    ...(options.config === undefined ? {} : { configFile: options.config }),
    ...(options.env === undefined ? {} : { environment: options.env }),
    ...(options.paths === undefined || options.paths.length === 0 ? {} : { paths: options.paths }),
    today: runtime.clock.wall(),
    sandbox: options.sandbox ?? false,
  };
  const loaded = await during(shell, ["Reading manifests", "files"], ({ at }) =>
    loadProject({
      ...loadOptions,
      secrets: "resolve",
      onFile: at,
      onConfig: (config) => {
        if (options.sandbox !== true)
          options.onStatePlace?.({ project: { config }, sandbox: undefined, stateDirectory: stateIn(config) });
      },
    }),
  );
  shell.guard(loaded.secrets);
  const project = options.unsetVariables ? await withoutSecrets(loaded, loadOptions) : loaded;
  const { config } = project;
  const diagnostics = options.manifestsMayFail
    ? project.diagnostics.filter((d) => d.file === undefined || d.file === config.file)
    : project.diagnostics;
  if (diagnostics.some((d) => d.severity === "error")) throw new InvalidInputError(diagnostics);
  if (diagnostics.length > 0) {
    const style = shell.errorStyle ?? PLAIN_STYLE;
    const told = redactDiagnostics(diagnostics, shell.redactor);
    for (const line of [...renderDiagnostics(told, style).trimEnd().split("\n"), ""]) runtime.log(line);
  }
  if (project.desired.length === 0 && !options.allowEmpty) throw nothingFound(project, options.prune ?? false);
  return options.sandbox ? withSandbox(shell, project) : plain(shell, project);
}

/** The project with its manifests read anew without their secrets, where some of those are not set. */
async function withoutSecrets(
  loaded: LoadedProject,
  options: Omit<Parameters<typeof loadProject>[0], "secrets">,
): Promise<LoadedProject> {
  const ofConfig = loaded.diagnostics.filter(({ file }) => file === undefined || file === loaded.config.file);
  if (!loaded.diagnostics.some(({ code, file }) => code === "JW1303" && file !== loaded.config.file)) return loaded;
  const { desired, selected, diagnostics } = await loadProject({ ...options, secrets: "skip" });
  const ofManifests = diagnostics.filter(({ file }) => file !== undefined && file !== loaded.config.file);
  return { ...loaded, desired, selected, diagnostics: [...ofConfig, ...ofManifests] };
}

function nothingFound(project: LoadedProject, prune: boolean): JobwrightError {
  const globs = project.config.manifests.join(", ");
  const message = `no manifest was found (${globs} below ${project.config.root})`;
  const hint =
    "Write one (jobwright init), correct `manifests` in jobwright.yaml, or say that this is meant: --allow-empty.";
  if (!prune) return new JobwrightError("JW5003", "invalid", message, { hint });
  return new RefusedError([{ code: "JW3009", message: `${message}, and --prune would delete every owned job`, hint }]);
}

function stateIn({ root }: Config): string {
  return join(root, ".jobwright");
}

function plain(shell: Shell, project: LoadedProject): OpenProject {
  return {
    project,
    env: shell.runtime.env,
    stateDirectory: stateIn(project.config),
    sandbox: undefined,
    targets: project.config.targets,
    close: async () => {},
  };
}

/** Everything goes to a sandbox in this process; real keys, addresses and states are not touched. */
async function withSandbox(shell: Shell, project: LoadedProject): Promise<OpenProject> {
  const { startSandbox } = await import("../sandbox/server.ts");
  const { runtime } = shell;
  const directory = join(project.config.root, ".jobwright");
  await keptOutOfGit(directory);
  const names = Object.keys(project.config.targets);
  const { environment } = project.config;
  // Environments and targets are accounts of their own, as they would be on the platform.
  const keyOf = (target: string): string => `sandbox-${environment}-${target}`;
  const sandbox = await startSandbox({
    file: join(directory, "sandbox.json"),
    now: () => runtime.clock.wall(),
    accounts: Object.fromEntries(names.map((name) => [keyOf(name), `${environment}/${name}`])),
  });
  const targets = Object.fromEntries(
    Object.values(project.config.targets).map(({ baseUrl: _, apiKeyFrom: __, ...target }) => {
      const key = `sandbox-key:${target.name}`;
      project.secrets.add(key, keyOf(target.name));
      return [target.name, { ...target, apiKey: key }];
    }),
  );
  const { BL_CLIENT_CREDENTIALS: _, ...rest } = runtime.env;
  const env = {
    ...rest,
    NIMBLE_BASE_URL: sandbox.url,
    BL_API_URL: `${sandbox.url}/v0`,
    BL_WORKSPACE: runtime.env["BL_WORKSPACE"] ?? (environment === "" ? "sandbox" : `sandbox-${environment}`),
  };
  return {
    project,
    env,
    stateDirectory: join(directory, "sandbox"),
    sandbox,
    targets,
    close: () => sandbox.close(),
  };
}

async function keptOutOfGit(directory: string): Promise<void> {
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined);
}
