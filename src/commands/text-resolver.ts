import { type ConfigOptions, loadConfig } from "../manifest/load-config.ts";
import { spanAt } from "../manifest/locate.ts";
import { parseYaml, type YamlDocument } from "../manifest/parse.ts";
import type { Problem } from "../manifest/report.ts";
import { type ResolveContext, type ResolvedJob, resolveManifest } from "../manifest/resolve.ts";
import { CronChecks } from "../manifest/rule-context.ts";
import { Source } from "../manifest/source.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { SecretTable } from "../model/document.ts";

/** What a text that is not in a file yet would be as one. */
export interface ResolvedText {
  readonly documents: readonly ResolvedManifest[];
  /** Of the text itself: broken YAML, scalars that others read otherwise. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One manifest of such a text. */
export interface ResolvedManifest {
  /** Undefined where there is no job in it. */
  readonly job: ResolvedJob | undefined;
  /** Errors only. */
  readonly problems: readonly Problem[];
  readonly yaml: YamlDocument;
  /** The fields that patches of the config wrote, and where in the config. */
  readonly patched: readonly { readonly path: readonly string[]; readonly at: readonly string[] }[];
}

/** Reads texts as manifests of a project, patches and variables of its config included. */
export interface TextResolver {
  resolve(file: string, text: string): ResolvedText;
  /** `jobwright.yaml:12`, the place of a patch that wrote a field. */
  placeOf(at: readonly string[]): string;
}

/** Loads the config; `table` gets, or has already, the secrets' values. */
export function createTextResolver(options: ConfigOptions, table: SecretTable): TextResolver {
  const { loaded, source: config, document } = loadConfig(options, table);
  const cron = new CronChecks();
  return {
    placeOf: (at) => {
      if (config === undefined || document === undefined) return "the config";
      return `${config.file}:${config.position(spanAt(document, at).start).line}`;
    },
    resolve: (file, text) => {
      const source = new Source(file, text);
      const documents = parseYaml(source, { lint: true }).map((yaml): ResolvedManifest => {
        const problems: Problem[] = [];
        const patched: { path: readonly string[]; at: readonly string[] }[] = [];
        const report = (problem: Problem): void => {
          if (problem.severity !== "warning") problems.push(problem);
        };
        const context: ResolveContext = { loaded, table, cron, reportConfig: report };
        const input = {
          value: yaml.value ?? null,
          dollar: true,
          report,
          patched: (path: readonly string[], at: readonly string[]) => patched.push({ path, at }),
        };
        const job = yaml.value === undefined ? undefined : resolveManifest(input, context);
        return { job, problems, yaml, patched };
      });
      return { documents, diagnostics: source.diagnostics() };
    },
  };
}
