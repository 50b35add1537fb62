import { changedFiles } from "../commands/git.ts";
import { check } from "../commands/validate.ts";
import { InvalidInputError, RefusedError } from "../errors.ts";
import type { LoadedProject } from "../manifest/load.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import { renderDiagnostics } from "../render/diagnostics.ts";
import { redactDiagnostics } from "../render/redact-error.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { fromWorkspace, planOptions, type Step } from "./step.ts";

/** Where problems that the log only counts are listed: on the command line. */
export const ALL_OF_THEM = "jobwright validate --json";

/** A project whose manifests have no errors. */
export interface Checked {
  readonly project: LoadedProject;
  /** The project's folder as annotations want it. */
  readonly root: string;
}

/** Manifests that have errors, and where they are. */
export class BadManifests extends InvalidInputError {
  /** As annotations want it. */
  readonly root: string;

  constructor(diagnostics: readonly Diagnostic[], root: string) {
    super(diagnostics);
    this.root = root;
  }
}

/**
 * Checks manifests and config. Throws a BadManifests where there is an error, annotated; warnings are left to the
 * caller, since a step has room for ten annotations of a kind. `secrets: "skip"` leaves variables and files alone.
 */
export async function checkProject(step: Step, secrets: "resolve" | "skip"): Promise<Checked> {
  const { shell, log } = step;
  const options = { ...planOptions(step), paths: step.inputs.paths, allowEmpty: false, secrets };
  const read = await changedFirst(step, await check(shell, options));
  const project = { ...read, diagnostics: redactDiagnostics(read.diagnostics, shell.redactor) };
  const root = fromWorkspace(step, project.config.root);
  if (project.diagnostics.some(({ severity }) => severity === "error")) {
    log.annotate(project.diagnostics, root);
    log.say(renderDiagnostics(project.diagnostics, PLAIN_STYLE, ALL_OF_THEM));
    throw new BadManifests(project.diagnostics, root);
  }
  return { project, root };
}

/** There is room for ten annotations of a kind: those in files that the pull request changes are the ones to see. */
async function changedFirst({ shell, env }: Step, project: LoadedProject): Promise<LoadedProject> {
  const base = env["GITHUB_BASE_REF"] ?? "";
  if (base === "" || project.diagnostics.length <= 10) return project;
  const changed = await changedFiles(shell, project.config.root, `origin/${base}`).catch(() => new Set<string>());
  const isChanged = ({ file }: Diagnostic): boolean => file !== undefined && changed.has(file);
  const { diagnostics } = project;
  return { ...project, diagnostics: [...diagnostics.filter(isChanged), ...diagnostics.filter((d) => !isChanged(d))] };
}

/**
 * With `pull_request_target`, and for a comment on a fork's pull request, a stranger's manifests meet our secrets. Throws
 * a RefusedError where they name any, unless the workflow allows it. Looks at no variable and no file.
 */
export async function refuseStrangersSecrets(step: Step): Promise<void> {
  if (!step.event.fromStranger || step.inputs.pullRequestTargetSecrets === "allow") return;
  const { project } = await checkProject(step, "skip");
  const named = project.desired.filter(({ document }) => holdsSecret(document));
  const keys = Object.values(project.config.targets).filter(({ apiKey }) => apiKey !== undefined);
  if (named.length + keys.length === 0) return;
  const where = [...named.map(({ address }) => address), ...keys.map(({ name }) => `the target ${name}`)];
  const shown = where.slice(0, 10).join(", ");
  const message = `${step.event.name} would hand variables or files of this run to the manifests of a pull request: ${shown}${where.length > 10 ? ` and ${where.length - 10} more` : ""}`;
  const hint =
    "Use the event pull_request, which gives strangers no secrets; or, if every author may see them, set pull-request-target-secrets: allow.";
  const refusals = [{ code: "JW3203", message, hint }];
  step.log.annotate(
    named.map(
      ({ source }): Diagnostic => ({
        ...{ code: "JW3203", severity: "error", message: `a variable or file under ${step.event.name}` },
        ...{ file: source.file, line: source.line, column: source.column },
      }),
    ),
    fromWorkspace(step, project.config.root),
  );
  throw new RefusedError(refusals);
}

function holdsSecret(value: Value): boolean {
  if (value instanceof SecretRef) return /\$\{|^env:|^file:/.test(value.text);
  if (isList(value)) return value.some(holdsSecret);
  return isObject(value) && Object.values(value).some(holdsSecret);
}
