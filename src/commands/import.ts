import { relative, resolve, sep } from "node:path";
import { targetChanges } from "../apply/targets.ts";
import { JobwrightError, RefusedError } from "../errors.ts";
import { candidatesOf } from "../import/candidates.ts";
import { fileText, type ManifestFile, oneFileEach, oneFilePerTarget } from "../import/file-names.ts";
import { type ImportDocument, importText } from "../import/report.ts";
import { COPIED_SCHEMAS } from "../init/files.ts";
import { loadProject } from "../manifest/load.ts";
import { closest } from "../manifest/suggest.ts";
import type { ApiVersion } from "../model/job.ts";
import { matches } from "../model/match.ts";
import { guard } from "../plan/guard.ts";
import type { PlanInput } from "../plan/input.ts";
import { matchJobs } from "../plan/match.ts";
import { documentText } from "../render/plan-document.ts";
import { safeText } from "../render/safe.ts";
import type { StateSession } from "../state/store.ts";
import { settleBefore } from "./apply.ts";
import { type Estate, type EstateOptions, readEstate } from "./estate.ts";
import { importDrifted } from "./import-drifted.ts";
import { type ImportedJob, type Imports, manifestsFor } from "./import-manifests.ts";
import { targetsToImport } from "./import-targets.ts";
import { makeFile, outside, taken } from "./new-files.ts";
import { flagsOf } from "./plan-options.ts";
import { type OpenProject, openProject } from "./project.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";
import { sessionOptions, storeOf } from "./state-store.ts";

/** The options of `import`. */
export interface ImportOptions extends GlobalOptions {
  readonly target?: readonly string[];
  /** Only jobs whose name matches one of these. */
  readonly name?: readonly string[];
  /** From where it was started; default: `jobs` in the project. */
  readonly out?: string;
  readonly layout?: "one-per-file" | "single";
  readonly drifted?: boolean;
  readonly json?: boolean;
  readonly api?: "v1" | "v2";
}

/** `jobwright import`: writes manifests for live jobs that none declares, and adopts those jobs. */
export async function importJobs(shell: Shell, options: ImportOptions): Promise<CommandResult> {
  if (options.drifted) return importDrifted(shell, options);
  const open = await openProject(shell, { ...options, allowEmpty: true, unsetVariables: true });
  try {
    const out = folderOf(shell, open, options.out);
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, "import", 0));
    try {
      return await importInto(shell, options, open, session, out);
    } finally {
      await session.close();
    }
  } finally {
    await open.close();
  }
}

/** The folder to write to, relative to the root with `/`; "" is the root itself. */
function folderOf({ runtime }: Shell, { project }: OpenProject, out: string | undefined): string {
  if (out === undefined) return "jobs";
  const path = relative(project.config.root, resolve(runtime.cwd, out)).split(sep).join("/");
  if (path === ".." || path.startsWith("../") || resolve(path) === path) throw outside(out);
  return path;
}

async function importInto(
  shell: Shell,
  options: ImportOptions,
  open: OpenProject,
  session: StateSession,
  out: string,
): Promise<CommandResult> {
  const everything = { includes: () => true, narrowed: true };
  const base: EstateOptions = { shell, open, scope: everything, flags: flagsOf({}), state: session.state };
  const targets = await targetsToImport(base, options);
  await settleBefore(shell, open, session, base);
  const versions = new Map([...targets].map(([name, version]) => [name, [version]]));
  const estate = await readEstate({ ...base, state: session.state, targets: versions });
  try {
    const refusals = guard(estate.input, []);
    if (refusals.length > 0) throw new RefusedError(refusals);
    const imports = await findImports(shell, options, open, estate, targets, out);
    const place = { out, files: filesOf(options, out, imports) };
    const document = await write(shell, open, session, estate, imports, place);
    const stdout = options.json ? documentText(document) : shell.redactor.text(importText(document, shell.style));
    const failed = document.imported.length === 0 && document.skipped.length > 0;
    return { exitCode: failed ? 1 : 0, stdout };
  } finally {
    await estate.close();
  }
}

/** A misspelt name would look as if there were nothing to import. */
function warnOfUnmatched(shell: Shell, patterns: readonly string[], live: PlanInput["live"]): void {
  const names = [...live.values()].flatMap((jobs) => jobs.map(({ name }) => name));
  for (const pattern of patterns) {
    if (names.some((name) => matches(pattern, name))) continue;
    const near = closest(pattern, names);
    const hint = near === undefined ? "* stands for any characters." : `Did you mean ${safeText(near)}?`;
    shell.runtime.log(`warning JW1023: --name ${safeText(pattern)} matches no live job. ${hint}`);
  }
}

async function findImports(
  shell: Shell,
  options: ImportOptions,
  open: OpenProject,
  estate: Estate,
  targets: ReadonlyMap<string, ApiVersion>,
  out: string,
): Promise<Imports> {
  const { input } = estate;
  const names = options.name ?? [];
  warnOfUnmatched(shell, names, input.live);
  const wanted = (target: string, name: string): boolean =>
    targets.has(target) && (names.length === 0 || names.some((pattern) => matches(pattern, name)));
  const found = candidatesOf(matchJobs(input), input.desired, wanted);
  const folders = out === "" ? 0 : out.split("/").length;
  const depth = folders + (options.layout === "single" ? 0 : 1);
  const copied = await taken(shell, open.project.config.root, [COPIED_SCHEMAS]);
  const schemas = copied.length > 0 ? "copied" : "installed";
  return manifestsFor(shell, options, open, { found, targets, depth, schemas, input });
}

function filesOf({ layout }: ImportOptions, out: string, { jobs }: Imports): readonly ManifestFile[] {
  const documents = jobs.map(({ address, text }) => ({ address, text }));
  const files = layout === "single" ? oneFilePerTarget(documents) : oneFileEach(documents);
  return out === "" ? files : files.map((file) => ({ ...file, path: `${out}/${file.path}` }));
}

/** Writes the files, then lets the state know the jobs in them: a job without its file would count as removed. */
async function write(
  shell: Shell,
  open: OpenProject,
  session: StateSession,
  estate: Estate,
  { jobs, skipped }: Imports,
  { out, files }: { readonly out: string; readonly files: readonly ManifestFile[] },
): Promise<ImportDocument> {
  const { root } = open.project.config;
  const there = await taken(shell, root, [...new Set(files.map((file) => file.path))]);
  if (there.length > 0) throw alreadyThere(there);
  for (const file of files) {
    if (!(await makeFile(shell, root, { path: file.path, text: fileText(file) }))) throw alreadyThere([file.path]);
  }
  const fileOf = new Map(files.flatMap((file) => file.documents.map(({ address }) => [address, file.path])));
  const covered = new Set(files.length === 0 ? [] : await manifestFiles(shell, open));
  const stateless = open.project.config.state.store === "none" && open.sandbox === undefined;
  const isAdopted = ({ address }: ImportedJob): boolean => !stateless && covered.has(fileOf.get(address) ?? "");
  await adopt(session, estate, jobs.filter(isAdopted), fileOf);
  return {
    formatVersion: 1,
    imported: jobs.map((job) => ({
      address: job.address,
      id: job.live.id,
      file: fileOf.get(job.address) ?? "",
      adopted: isAdopted(job),
      notes: job.notes,
    })),
    skipped,
    variables: jobs.flatMap((job) => job.variables.map((variable) => ({ ...variable, address: job.address }))),
    warnings: [
      ...notCovered(
        files.filter((file) => !covered.has(file.path)).map((file) => file.path),
        open.project.config.manifests,
        out,
      ),
      ...(stateless && jobs.length > 0 ? ["state.store is none: nothing is adopted, and nothing is remembered"] : []),
    ],
  };
}

async function manifestFiles({ runtime }: Shell, { project }: OpenProject): Promise<readonly string[]> {
  const { file, environment, root } = project.config;
  const loaded = await loadProject({
    cwd: root,
    env: runtime.env,
    ...(file === undefined ? {} : { configFile: file }),
    environment,
    secrets: "skip",
    today: runtime.clock.wall(),
    sandbox: true,
  });
  return loaded.files;
}

function notCovered(paths: readonly string[], globs: readonly string[], out: string): readonly string[] {
  const [first] = paths;
  if (first === undefined) return [];
  const line = [...globs, `${out === "" ? "" : `${out}/`}**/*.yaml`].map((glob) => JSON.stringify(glob)).join(", ");
  const which = `${first}${paths.length > 1 ? ` and ${paths.length - 1} more` : ""}`;
  return [
    `not among the manifests: ${which}. Nothing of it is declared or adopted before jobwright.yaml has the line ` +
      `manifests: [${line}] (and no exclude that matches)`,
  ];
}

/** Makes imported jobs ours. `fileOf` says which manifest each got. */
export async function adopt(
  session: StateSession,
  { input }: Estate,
  jobs: readonly ImportedJob[],
  fileOf: ReadonlyMap<string, string>,
): Promise<void> {
  if (jobs.length === 0) return;
  await session.change([
    ...targetChanges(session.state, input, true),
    ...jobs.map(({ address, entry }) => ({
      kind: "put" as const,
      address,
      job: { ...entry, file: fileOf.get(address) ?? "" },
    })),
  ]);
}

function alreadyThere(paths: readonly string[]): JobwrightError {
  const [first = "", ...others] = paths;
  const more = others.length === 0 ? "" : ` and ${others.length} more (${others.slice(0, 5).join(", ")})`;
  return new JobwrightError(
    "JW5501",
    "invalid",
    `${first}${more}: a file is there already; import overwrites nothing`,
    {
      hint: "Remove it, or write elsewhere with --out.",
    },
  );
}
