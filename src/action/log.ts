import type { Diagnostic } from "../model/diagnostic.ts";
import type { SecretTable } from "../model/document.ts";
import { annotation, escapeData, renderDiagnosticsGithub } from "../render/github.ts";
import { type Redactor, secretForms } from "../render/redact.ts";
import { redactDiagnostics } from "../render/redact-error.ts";
import { breakCommands } from "../render/safe.ts";

/** The step's log, which the runner reads for commands. */
export interface StepLog {
  /** Text of any number of lines; none of them is a command, and known secrets are out of it. */
  readonly say: (text: string) => void;
  /** The same, folded in the log under a title of our own. */
  readonly group: (title: string, text: string) => void;
  /**
   * Annotations at places, errors first; of more than there is room for the last one tells how many. One call a kind: GitHub
   * shows ten of a kind for a step. `root` is the project's folder as seen from the workspace.
   */
  readonly annotate: (diagnostics: readonly Diagnostic[], root: string) => void;
  /** One annotation without a place. */
  readonly notice: (kind: "notice" | "warning" | "error", message: string) => void;
  /** Has the runner hide these values from now on, in every form that they may be shown in. */
  readonly guard: (secrets: Pick<SecretTable, "values">) => void;
}

/** Two warnings are kept for what GitHub does not let us do. */
const ROOM = { error: 10, warning: 8 };

/** A log on stdout. `write` gets whole lines. */
export function createStepLog(write: (text: string) => void, redactor: Redactor): StepLog {
  const tables: Pick<SecretTable, "values">[] = [];
  const masked = new Set<string>();
  /** Values may become known while a run goes on; each is masked before the next line is printed. */
  const mask = (): void => {
    for (const table of tables) {
      for (const value of table.values()) {
        if (masked.has(value)) continue;
        masked.add(value);
        for (const form of secretForms([value])) write(`::add-mask::${escapeMask(form)}\n`);
      }
    }
  };
  const say = (text: string): void => {
    mask();
    for (const line of redactor.text(text).split(/\r\n|[\r\n]/)) write(`${breakCommands(line)}\n`);
  };
  return {
    say,
    group: (title, text) => {
      mask();
      write(`::group::${escapeData(title)}\n`);
      say(text.trimEnd());
      write("::endgroup::\n");
    },
    annotate: (diagnostics, root) => {
      mask();
      for (const kind of ["error", "warning"] as const) {
        const all = diagnostics.filter(({ severity }) => severity === kind);
        const text = renderDiagnosticsGithub(redactDiagnostics(all, redactor), {
          root,
          most: ROOM[kind],
          rest: "the log tells of all of them",
        });
        if (text !== "") write(`${text}\n`);
      }
    },
    notice: (kind, message) => {
      mask();
      const line = annotation({ code: "jobwright", severity: "warning", message: redactor.text(message) });
      write(`${line.replace(/^::warning /, `::${kind} `)}\n`);
    },
    guard: (secrets) => {
      tables.push(secrets);
      mask();
    },
  };
}

/** As the runner undoes it; nothing else may be changed, or another value would be masked. */
function escapeMask(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
