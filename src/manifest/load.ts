import { lstatSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { parsePointer } from "../document/pointer.ts";
import type { Config } from "../model/config.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { SecretTable } from "../model/document.ts";
import type { Address, DesiredJob, SourceLocation } from "../model/job.ts";
import { createSecretTable } from "../secrets.ts";
import type { LocatedRule } from "./config.ts";
import { decodeText } from "./decode.ts";
import { discover } from "./discover.ts";
import { type ConfigFile, type ConfigOptions, loadConfig } from "./load-config.ts";
import { spanAt } from "./locate.ts";
import { parseYaml, readDocuments, type YamlDocument } from "./parse.ts";
import { isSelected, type SelectedPath, selectPaths } from "./paths.ts";
import { placeProblem } from "./place.ts";
import { hidePlainSecrets } from "./plain-secrets.ts";
import { quote } from "./quote.ts";
import { type RealFolders, readProjectFile } from "./read-file.ts";
import type { ReadyDocument } from "./read-ready.ts";
import { addFiles } from "./read-threads.ts";
import type { Problem } from "./report.ts";
import { type ResolveContext, resolveManifest } from "./resolve.ts";
import { CronChecks } from "./rule-context.ts";
import { Source } from "./source.ts";
import { closest } from "./suggest.ts";
import { checkTogether, type SharedProblem } from "./together.ts";

/** What to load, and how. */
export interface LoadOptions extends ConfigOptions {
  /** Absolute. */
  readonly cwd: string;
  /** `--config`, relative to `cwd`; else jobwright.yaml is looked for from `cwd` up to the root of the repository. */
  readonly configFile?: string;
  /** `--env`; else `JOBWRIGHT_ENV`. */
  readonly environment?: string;
  /** Files, folders or globs, relative to `cwd`; they narrow `selected`. */
  readonly paths?: readonly string[];
  /** `skip`: the environment and files are not looked at; secrets stay without values. */
  readonly secrets: "resolve" | "skip";
  /** For ignore rules that run out, and for cron expressions. */
  readonly today: Date;
  /** Credentials of targets are not needed. */
  readonly sandbox?: boolean;
  /** Told once the config is read, before the manifests are. */
  readonly onConfig?: (config: Config) => void;
  /** Told after each file. */
  readonly onFile?: (done: number, total: number) => void;
}

/** A project as its files say. */
export interface LoadedProject {
  readonly config: Config;
  /** All jobs without errors, sorted by address; whole only where there is no error among the diagnostics. */
  readonly desired: readonly DesiredJob[];
  /** The addresses in PATHS; all without PATHS. */
  readonly selected: ReadonlySet<Address>;
  /** Whether PATHS were given. */
  readonly narrowed: boolean;
  /** Whether a file (relative to the root) is in PATHS; for jobs whose manifest is gone. */
  readonly isSelectedFile: (file: string) => boolean;
  /** Errors and warnings, sorted by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** Holds the values of all secrets that the manifests refer to. */
  readonly secrets: SecretTable;
  /** The manifests, relative to the root, sorted. */
  readonly files: readonly string[];
  /**
   * Where a job's field was written: a JSON Pointer into its document, list items by position or by key. Falls back to
   * the nearest parent. Reads the file again; undefined where that is not possible.
   */
  locate(address: Address, pointer: string): SourceLocation | undefined;
}

/** Reads, resolves and checks a project. Bad input ends in `diagnostics`; throws only what the system throws. */
export async function loadProject(options: LoadOptions): Promise<LoadedProject> {
  const secrets = createSecretTable();
  const configFile = loadConfig(options, secrets);
  const { config } = configFile.loaded;
  options.onConfig?.(config);
  const found = await discover(config.root, config.manifests, config.exclude);
  const files = found.files.filter((file) => file !== config.file);
  const loading = new Loading(configFile, secrets);
  let done = 0;
  await addFiles(config.root, files, (file, order, ready) => {
    loading.addFile(file, order, ready);
    done += 1;
    options.onFile?.(done, files.length);
  });
  loading.finish();
  const paths = selectPaths(config.root, realpathSync.native(options.cwd), options.paths ?? []);
  const narrowed = paths.length > 0;
  const isSelectedFile = (file: string) =>
    !narrowed || paths.some(({ path }) => path !== undefined && isSelected(file, path));
  const desired = loading.desired();
  return {
    config,
    desired,
    selected: new Set(desired.filter((job) => isSelectedFile(job.source.file)).map((job) => job.address)),
    narrowed,
    isSelectedFile,
    diagnostics: [
      ...configFile.diagnostics,
      ...(configFile.source?.diagnostics() ?? []),
      ...found.diagnostics,
      ...loading.diagnostics,
      ...paths.flatMap((path) => checkPath(path, files, options.cwd)),
    ].sort(byPlace),
    secrets,
    files,
    locate: (address, pointer) => loading.locate(address, pointer),
  };
}

/** Where a job's document is, and which of its fields the config's patches wrote. */
interface Origin {
  readonly file: string;
  /** Which of the file's documents. */
  readonly index: number;
  readonly patched: readonly PatchedField[];
}

interface PatchedField {
  readonly path: readonly string[];
  /** Into the config file. */
  readonly at: readonly string[];
}

class Loading {
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: string;
  readonly #folders: RealFolders = new Map();
  readonly #configFile: ConfigFile;
  readonly #context: ResolveContext;
  /** `whole` are without error; `order` is their file's. */
  readonly #jobs: { readonly job: DesiredJob; readonly whole: boolean; readonly order: number }[] = [];
  readonly #origins = new Map<DesiredJob, Origin>();
  #byAddress: ReadonlyMap<Address, DesiredJob> | undefined;
  #reopened:
    | {
        readonly file: string;
        readonly parsed: { readonly source: Source; readonly documents: readonly YamlDocument[] };
      }
    | undefined;

  constructor(configFile: ConfigFile, table: SecretTable) {
    this.#configFile = configFile;
    this.#root = configFile.loaded.config.root;
    this.#context = {
      loaded: configFile.loaded,
      table,
      cron: new CronChecks(),
      reportConfig: (problem) => this.#reportConfig(problem),
    };
  }

  /** Reads one manifest file, the `order`th, and all documents in it, or takes them as they were read. */
  addFile(file: string, order: number, ready: readonly ReadyDocument[] | undefined): void {
    if (ready !== undefined && this.#addReady(file, order, ready)) return;
    const source = this.#open(file);
    if (source === undefined) return;
    let index = 0;
    for (const document of readDocuments(source, { lint: true })) this.#addDocument(source, document, index++, order);
    for (const diagnostic of source.diagnostics()) this.diagnostics.push(diagnostic);
  }

  /** Whether all went well with documents of which only the values are here; else nothing of the file was kept. */
  #addReady(file: string, order: number, ready: readonly ReadyDocument[]): boolean {
    const found: { readonly job: DesiredJob; readonly origin: Origin }[] = [];
    for (const { value, index, dollar, line, column } of ready) {
      const patched: PatchedField[] = [];
      let problems = 0;
      const before = this.#configFile.source?.errors ?? 0;
      const job = resolveManifest(
        {
          ...{ value, dollar },
          report: () => {
            problems++;
          },
          patched: (path, at) => patched.push({ path, at }),
        },
        this.#context,
      );
      if (job === undefined || problems > 0 || (this.#configFile.source?.errors ?? 0) > before) return false;
      found.push({ job: { ...job, source: { file, line, column } }, origin: { file, index, patched } });
    }
    for (const { job, origin } of found) {
      this.#jobs.push({ job, whole: true, order });
      this.#origins.set(job, origin);
    }
    return true;
  }

  /** Checks manifests against one another, and whether every rule of the config met one. */
  finish(): void {
    this.#jobs.sort((a, b) => a.order - b.order);
    this.#reportShared(checkTogether(this.#jobs.map(({ job }) => job)));
    if (this.#jobs.length === 0) return;
    const { patches, ignore } = this.#configFile.loaded;
    this.#reportUnmatched(patches, "patch");
    this.#reportUnmatched(ignore, "ignore rule");
  }

  /** Jobs without errors, sorted by address; of two with one address the first. */
  desired(): readonly DesiredJob[] {
    const byAddress = new Map<Address, DesiredJob>();
    for (const { job, whole } of this.#jobs) if (whole && !byAddress.has(job.address)) byAddress.set(job.address, job);
    const sorted = new Map([...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#byAddress = sorted;
    return [...sorted.values()];
  }

  locate(address: Address, pointer: string): SourceLocation | undefined {
    const job = this.#byAddress?.get(address);
    const origin = job === undefined ? undefined : this.#origins.get(job);
    if (job === undefined || origin === undefined) return undefined;
    const path = parsePointer(pointer);
    const patch = lastCovering(origin.patched, path);
    const { source: configSource, document: config } = this.#configFile;
    if (patch !== undefined && configSource !== undefined && config !== undefined) {
      const place = [...patch.at, ...path.slice(patch.path.length)];
      return { file: configSource.file, ...configSource.position(spanAt(config, place).start) };
    }
    const opened = this.#reopen(origin);
    if (opened === undefined) return job.source;
    return { file: origin.file, ...opened.source.position(spanAt(opened.document, path).start) };
  }

  #open(file: string): Source | undefined {
    const read = readProjectFile(this.#root, file, this.#folders);
    if ("problem" in read) {
      this.diagnostics.push({ ...read.problem, file });
      return undefined;
    }
    const decoded = decodeText(read.bytes);
    if (decoded.problem === undefined) return new Source(file, decoded.text);
    this.diagnostics.push({ severity: "error", file, ...decoded.problem });
    return undefined;
  }

  #addDocument(source: Source, document: YamlDocument, index: number, order: number): void {
    const { value, whole: text } = document;
    if (value === undefined) return;
    const patched: PatchedField[] = [];
    const before = source.errors + (this.#configFile.source?.errors ?? 0);
    hidePlainSecrets(source, document);
    const job = resolveManifest(
      {
        value,
        dollar: source.text.slice(text.start, text.end).includes("$"),
        report: (problem) => this.#report(source, document, patched, problem),
        patched: (path, at) => patched.push({ path, at }),
      },
      this.#context,
    );
    const after = source.errors + (this.#configFile.source?.errors ?? 0);
    if (job === undefined) return;
    const placed = { ...job, source: { file: source.file, ...source.position(document.at.start) } };
    this.#jobs.push({ job: placed, whole: before === after, order });
    this.#origins.set(placed, { file: source.file, index, patched });
  }

  /** A problem of a field that a patch wrote is the patch's. */
  #report(source: Source, document: YamlDocument, patched: readonly PatchedField[], problem: Problem): void {
    const patch = lastCovering(patched, problem.path);
    if (patch === undefined) placeProblem(source, document, problem);
    else this.#reportConfig({ ...problem, path: [...patch.at, ...problem.path.slice(patch.path.length)] });
  }

  #reportConfig(problem: Problem): void {
    const { source, document } = this.#configFile;
    if (source !== undefined && document !== undefined) placeProblem(source, document, problem);
  }

  #reportUnmatched(rules: readonly LocatedRule<{ readonly match: string }>[], what: string): void {
    for (const { value, at, matched } of rules) {
      if (matched) continue;
      this.#reportConfig({
        code: "JW1311",
        severity: "warning",
        message: `no manifest matches this ${what} (${quote(value.match)})`,
        hint: "match is an address such as nimble/amazon-*; * stands for any characters.",
        path: [...at, "match"],
      });
    }
  }

  #reportShared(problems: readonly SharedProblem[]): void {
    let told: { readonly file: string; readonly source: Source } | undefined;
    const tell = (): void => {
      for (const diagnostic of told?.source.diagnostics() ?? []) this.diagnostics.push(diagnostic);
      told = undefined;
    };
    for (const { job, path, ...problem } of problems) {
      const origin = this.#origins.get(job);
      const opened = origin === undefined ? undefined : this.#reopen(origin);
      if (opened === undefined) {
        this.diagnostics.push({ ...problem, ...job.source, address: job.address });
        continue;
      }
      if (told?.file !== opened.source.file) tell();
      // What was found in the file before was told before.
      told ??= { file: opened.source.file, source: opened.source.blank() };
      hidePlainSecrets(told.source, opened.document);
      placeProblem(told.source, opened.document, { ...problem, path }, job.address);
    }
    tell();
  }

  /** Parses a job's file again. Nodes are not kept: they would take many times the memory of the jobs. */
  #reopen(origin: Origin): { readonly source: Source; readonly document: YamlDocument } | undefined {
    if (this.#reopened?.file !== origin.file) {
      const read = readProjectFile(this.#root, origin.file);
      const decoded = "problem" in read ? undefined : decodeText(read.bytes);
      if (decoded === undefined || decoded.problem !== undefined) return undefined;
      const source = new Source(origin.file, decoded.text);
      this.#reopened = { file: origin.file, parsed: { source, documents: parseYaml(source, { lint: false }) } };
    }
    const { source, documents } = this.#reopened.parsed;
    const document = documents[origin.index];
    return document === undefined ? undefined : { source, document };
  }
}

function lastCovering(patched: readonly PatchedField[], path: readonly string[]): PatchedField | undefined {
  return patched.findLast((field) => field.path.every((segment, index) => path[index] === segment));
}

function checkPath({ written, path }: SelectedPath, files: readonly string[], cwd: string): readonly Diagnostic[] {
  if (path === undefined) {
    return [
      {
        code: "JW1003",
        severity: "error",
        message: `the path ${quote(written)} leads out of the project`,
        hint: "PATHS are files, folders or globs inside of it.",
      },
    ];
  }
  if (files.some((file) => isSelected(file, path))) return [];
  if (isFile(resolve(cwd, written))) {
    const hint = "See manifests and exclude in jobwright.yaml; without them, manifests are jobs/**/*.yaml.";
    return [{ code: "JW1024", severity: "error", message: `${quote(written)} is not among the manifests`, hint }];
  }
  const near = closest(written, files);
  const hint = near === undefined ? "Jobs whose manifest was there are still meant by it." : `Did you mean ${near}?`;
  return [{ code: "JW1023", severity: "warning", message: `${quote(written)} matches no manifest`, hint }];
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const [x, y] = [a.file ?? "", b.file ?? ""];
  if (x !== y) return x < y ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
