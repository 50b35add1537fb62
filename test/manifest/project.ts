import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type LoadedProject, type LoadOptions, loadProject } from "../../src/manifest/load.ts";
import { parseYaml, type YamlDocument } from "../../src/manifest/parse.ts";
import { Source } from "../../src/manifest/source.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";

/** Files by their path in a project. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A project of its own on disk, gone after the test. Answers its root. */
export function makeProject(files: Files): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "jobwright-manifest-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Loads a project, with an empty environment on 2026-11-23 unless said otherwise. */
export function load(root: string, options: Partial<LoadOptions> = {}): Promise<LoadedProject> {
  return loadProject({ cwd: root, env: {}, secrets: "resolve", today: new Date("2026-11-23T12:00:00Z"), ...options });
}

/** Makes and loads a project. */
export function loadFiles(files: Files, options: Partial<LoadOptions> = {}): Promise<LoadedProject> {
  return load(makeProject(files), options);
}

/** `severity code file:line:column` of each diagnostic. */
export function places(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ severity, code, file, line, column }) => `${severity} ${code} ${file}:${line}:${column}`);
}

/** One text parsed as a manifest file. */
export function parse(text: string): { documents: YamlDocument[]; source: Source; diagnostics: Diagnostic[] } {
  const source = new Source("jobs/a.yaml", text);
  const documents = parseYaml(source, { lint: true });
  return { documents, source, diagnostics: source.diagnostics() };
}

/** A Nimble manifest; `spec` are further lines of the spec, indented by two. */
export function nimble(name: string, spec = "", metadata = ""): string {
  return `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: ${name}
${metadata}spec:
  agent_name: amazon_pdp
${spec}`;
}

/** A Blaxel manifest; `spec` are the lines of the spec, indented by two. */
export function blaxel(name: string, spec = "  enabled: true\n", metadata = ""): string {
  return `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: ${name}
${metadata}spec:
${spec}`;
}
