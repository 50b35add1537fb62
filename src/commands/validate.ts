import { InvalidInputError, JobwrightError } from "../errors.ts";
import { type LoadedProject, loadProject } from "../manifest/load.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { renderDiagnostics } from "../render/diagnostics.ts";
import { errorDocument } from "../render/error-document.ts";
import { renderError } from "../render/error-text.ts";
import { renderDiagnosticsGithub } from "../render/github.ts";
import { renderJunit } from "../render/junit.ts";
import { documentText } from "../render/plan-document.ts";
import { redactDiagnostics, redactError } from "../render/redact-error.ts";
import { sarifLog } from "../render/sarif.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { during } from "./during.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";

/** How `validate` prints. */
export type ValidateFormat = "text" | "json" | "github" | "sarif" | "junit";

/** The options of `validate`. */
export interface ValidateOptions extends GlobalOptions {
  readonly paths: readonly string[];
  readonly format: ValidateFormat;
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
  const project = await during(shell, ["Reading manifests", "files"], ({ at }) =>
    loadProject({
      cwd: runtime.cwd,
      env: runtime.env,
      ...(options.config === undefined ? {} : { configFile: options.config }),
      ...(options.env === undefined ? {} : { environment: options.env }),
      ...(options.paths.length === 0 ? {} : { paths: options.paths }),
      secrets: options.secrets ?? "resolve",
      today: runtime.clock.wall(),
      sandbox: options.sandbox ?? false,
      onFile: at,
    }),
  );
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
  if (options.format === "sarif" || options.format === "junit") return report(shell, options, options.format);
  const project = await check(shell, options);
  const diagnostics = redactDiagnostics(project.diagnostics, shell.redactor);
  const failed = diagnostics.some((d) => d.severity === "error");
  const exitCode = failed ? 1 : 0;
  switch (options.format) {
    case "json":
      return {
        exitCode,
        stdout: documentText(errorDocument(failed ? new InvalidInputError(diagnostics) : undefined, diagnostics)),
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
      return { exitCode, stdout: `${shell.redactor.text(text)}${text === "" ? "" : "\n"}${summary}` };
    }
  }
}

/** The reports that other programs read. They are whole also where nothing could be looked at; then that is told in them. */
async function report(shell: Shell, options: ValidateOptions, format: "sarif" | "junit"): Promise<CommandResult> {
  const { files, diagnostics } = await check(shell, options).catch((error: unknown) => {
    if (!(error instanceof JobwrightError)) throw error;
    for (const line of renderError(redactError(error, shell.redactor), shell.errorStyle ?? PLAIN_STYLE)
      .trimEnd()
      .split("\n"))
      shell.runtime.log(line);
    return { files: [], diagnostics: [diagnosticOf(error)] };
  });
  const told = redactDiagnostics(diagnostics, shell.redactor);
  return {
    exitCode: diagnostics.some(({ severity }) => severity === "error") ? 1 : 0,
    stdout: format === "sarif" ? documentText(sarifLog(told, shell.version)) : renderJunit(files, told),
  };
}

function diagnosticOf({ code, message, hint }: JobwrightError): Diagnostic {
  return { code, severity: "error", message, ...(hint === undefined ? {} : { hint }) };
}
