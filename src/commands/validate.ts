import { InvalidInputError, JobwrightError } from "../errors.ts";
import { type LoadedProject, loadProject } from "../manifest/load.ts";
import { renderDiagnostics } from "../render/diagnostics.ts";
import { errorDocument } from "../render/error-document.ts";
import { renderDiagnosticsGithub } from "../render/github.ts";
import { documentText } from "../render/plan-document.ts";
import { redactErrorDocument } from "../render/redact-document.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";

/** The options of `validate`. */
export interface ValidateOptions extends GlobalOptions {
  readonly paths: readonly string[];
  readonly format: "text" | "json" | "github";
  readonly allowEmpty: boolean;
}

/**
 * Loads a project to look at its diagnostics. `secrets: "skip"` leaves the environment and files of interpolations
 * alone. Throws where no manifest is found, unless that is allowed.
 */
export async function check(
  shell: Shell,
  options: Omit<ValidateOptions, "format"> & { readonly secrets?: "resolve" | "skip" },
): Promise<LoadedProject> {
  const { runtime } = shell;
  const project = await loadProject({
    cwd: runtime.cwd,
    env: runtime.env,
    ...(options.config === undefined ? {} : { configFile: options.config }),
    ...(options.env === undefined ? {} : { environment: options.env }),
    ...(options.paths.length === 0 ? {} : { paths: options.paths }),
    secrets: options.secrets ?? "resolve",
    today: runtime.clock.wall(),
    sandbox: options.sandbox ?? false,
  });
  shell.guard(project.secrets);
  const failed = project.diagnostics.some((d) => d.severity === "error");
  if (!failed && project.desired.length === 0 && !options.allowEmpty) {
    throw new JobwrightError("JW5003", "invalid", `no manifest was found (${project.config.manifests.join(", ")})`, {
      hint: "Write one (jobwright init), correct `manifests` in jobwright.yaml, or say that this is meant: --allow-empty.",
    });
  }
  return project;
}

/** Everything that needs no network. Exit code 1 where there is an error; warnings alone are 0. */
export async function validate(shell: Shell, options: ValidateOptions): Promise<CommandResult> {
  const project = await check(shell, options);
  const { diagnostics } = project;
  const failed = diagnostics.some((d) => d.severity === "error");
  const exitCode = failed ? 1 : 0;
  switch (options.format) {
    case "json":
      return {
        exitCode,
        stdout: documentText(
          redactErrorDocument(
            errorDocument(failed ? new InvalidInputError(diagnostics) : undefined, diagnostics),
            shell.redactor,
          ),
        ),
      };
    case "github":
      return { exitCode, stdout: shell.redactor.text(renderDiagnosticsGithub(diagnostics)) };
    case "text": {
      const text = renderDiagnostics(diagnostics, shell.style);
      const files = project.files.length;
      const jobs = project.desired.length;
      const summary = failed
        ? ""
        : `${jobs} ${jobs === 1 ? "job" : "jobs"} in ${files} ${files === 1 ? "file" : "files"}: valid.\n`;
      return { exitCode, stdout: `${shell.redactor.text(text)}${summary}` };
    }
  }
}
