import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Code } from "../codes.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { SecretTable } from "../model/document.ts";
import type { Env } from "../model/runtime.ts";
import { type LoadedConfig, readConfig } from "./config.ts";
import { decodeText } from "./decode.ts";
import { forbiddenPath } from "./forbidden.ts";
import { parseYaml, type YamlDocument } from "./parse.ts";
import { placeProblem } from "./place.ts";
import { quote } from "./quote.ts";
import { readProjectFile } from "./read-file.ts";
import { Source } from "./source.ts";

/** The name of the config file. */
const CONFIG_FILE = "jobwright.yaml";

/** What the config is loaded by. */
export interface ConfigOptions {
  readonly cwd: string;
  readonly env: Env;
  readonly configFile?: string;
  readonly environment?: string;
  readonly secrets: "resolve" | "skip";
  readonly today: Date;
  readonly sandbox?: boolean;
}

/** The config with its file, for problems that turn up later. */
export interface ConfigFile {
  readonly loaded: LoadedConfig;
  readonly source: Source | undefined;
  readonly document: YamlDocument | undefined;
  /** Problems without a place in the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the config file, reads and checks it. Without one, everything has its default. */
export function loadConfig(options: ConfigOptions, table: SecretTable): ConfigFile {
  const diagnostics: Diagnostic[] = [];
  const elsewhere = (code: Code, message: string, hint: string) =>
    diagnostics.push({ code, severity: "error", message, hint });
  const { root, file } = findConfig(options, elsewhere);
  const { source, document, broken } = file === undefined ? NO_FILE : parseConfig(root, file, diagnostics);
  const loaded = readConfig({
    root,
    ...(file === undefined ? {} : { file }),
    value: document?.value,
    broken,
    env: options.env,
    environment: options.environment ?? options.env["JOBWRIGHT_ENV"] ?? "",
    resolve: options.secrets === "resolve",
    sandbox: options.sandbox ?? false,
    today: options.today.toISOString().slice(0, 10),
    table,
    readFile: (path) => readText(root, path),
    report: (problem) => {
      if (source !== undefined && document !== undefined) placeProblem(source, document, problem);
    },
    reportElsewhere: elsewhere,
  });
  return { loaded, source, document, diagnostics };
}

const NO_FILE = { source: undefined, document: undefined, broken: false };

/** The project root, links resolved, and the config file in it, if there is one. */
function findConfig(
  options: ConfigOptions,
  report: (code: Code, message: string, hint: string) => void,
): { readonly root: string; readonly file?: string } {
  const cwd = realpathSync.native(options.cwd);
  if (options.configFile !== undefined) {
    const path = resolve(cwd, options.configFile);
    if (existsSync(path)) return { root: realpathSync.native(dirname(path)), file: basename(path) };
    report(
      "JW1301",
      `there is no config file ${quote(options.configFile)}`,
      "Correct --config, or leave it out: jobwright.yaml is found by itself.",
    );
    return { root: cwd };
  }
  const folders = foldersUp(cwd);
  const root = folders.find((folder) => existsSync(join(folder, CONFIG_FILE)));
  if (root !== undefined) return { root, file: CONFIG_FILE };
  const other = folders.map((folder) => join(folder, "jobwright.yml")).find((path) => existsSync(path));
  if (other !== undefined)
    report("JW1301", "there is a jobwright.yml, but the config is read from jobwright.yaml", "Rename it.");
  return { root: cwd };
}

/** From a folder up to the root of its Git repository; only itself where there is none. */
function foldersUp(start: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    if (existsSync(join(folder, ".git"))) return folders;
    if (dirname(folder) === folder) return [start];
  }
}

function parseConfig(
  root: string,
  file: string,
  diagnostics: Diagnostic[],
): { readonly source: Source | undefined; readonly document: YamlDocument | undefined; readonly broken: boolean } {
  const fail = { source: undefined, document: undefined, broken: true };
  const read = readProjectFile(root, file);
  if ("problem" in read) {
    diagnostics.push({ ...read.problem, severity: "error", file });
    return fail;
  }
  const decoded = decodeText(read.bytes);
  if (decoded.problem !== undefined) {
    diagnostics.push({ severity: "error", file, ...decoded.problem });
    return fail;
  }
  const source = new Source(file, decoded.text);
  const documents = parseYaml(source, { lint: false });
  const [document, second] = documents;
  if (second !== undefined) {
    const hint = "The config is one YAML document; environments stand under environments.";
    source.add({ code: "JW1101", message: "the config holds more than one YAML document", hint, at: second.at });
  }
  return { source, document, broken: source.errors > 0 && document?.value === undefined };
}

/** The text of a file of the project, for interpolation. */
function readText(root: string, path: string): { readonly text: string } | { readonly problem: string } {
  const read = readProjectFile(root, path);
  if ("problem" in read) return { problem: read.problem.message };
  const reason = forbiddenPath(relative(root, read.realPath).split(sep).join("/"));
  if (reason !== undefined) return { problem: reason };
  const decoded = decodeText(read.bytes);
  return decoded.problem === undefined ? { text: decoded.text } : { problem: decoded.problem.message };
}
