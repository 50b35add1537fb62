import { isList, isObject, own, SecretRef, type Value } from "../model/document.ts";
import type { ProviderId } from "../model/job.ts";
import { type CronProblem, checkCron } from "./cron.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import { everFires } from "./week.ts";

/** What rules need besides the manifest itself. */
export interface RuleContext {
  readonly provider: ProviderId;
  readonly report: Report;
  /** The text of a string or of a secret whose value is known. */
  readonly textOf: (value: Value | undefined) => string | undefined;
  readonly cron: CronChecks;
}

/** Reports a secret where things are told apart by the value: it would have to be shown. */
export function refuseSecret(report: Report, path: readonly string[], what: string): void {
  const hint = "Write it out, or use ${var:NAME}.";
  report({
    code: "JW1216",
    message: `${what} cannot come from the environment or a file, whose values are secret`,
    hint,
    path,
  });
}

/** Cron expressions with what is known of them; the same few expressions stand in thousands of manifests. */
export class CronChecks {
  readonly #known = new Map<string, CronProblem | "never" | "fires">();

  /** Reports what is wrong with an expression at `path`. */
  check(value: Value | undefined, path: readonly string[], { report, textOf }: RuleContext): void {
    const text = textOf(value);
    if (text === undefined) return;
    const result = this.#result(text);
    if (result === "fires") return;
    if (result === "never") {
      const message =
        value instanceof SecretRef
          ? "this cron expression never fires"
          : `the cron expression ${quote(text)} never fires`;
      report({
        code: "JW1202",
        severity: "warning",
        message,
        hint: "Check day of month and month: there may be no such day.",
        path,
      });
    } else if (value instanceof SecretRef) {
      report({
        code: "JW1201",
        message: "the value is not a cron expression of five fields",
        hint: "minute, hour, day of month, month, day of week",
        path,
      });
    } else {
      report({ code: "JW1201", ...result, path });
    }
  }

  #result(text: string): CronProblem | "never" | "fires" {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const result = checkCron(text) ?? (everFires(text) ? "fires" : "never");
    this.#known.set(text, result);
    return result;
  }
}

/** Reports list items that repeat the key of an earlier one. */
export function checkUnique(
  list: Value | undefined,
  path: readonly string[],
  key: string,
  what: string,
  report: Report,
): void {
  if (!isList(list)) return;
  const first = new Map<string, number>();
  list.forEach((item, index) => {
    const value = isObject(item) ? own(item, key) : undefined;
    if (value instanceof SecretRef) refuseSecret(report, [...path, String(index), key], `${what}'s ${key}`);
    if (typeof value !== "string" && typeof value !== "number") return;
    const before = first.get(String(value));
    if (before === undefined) first.set(String(value), index);
    else {
      const message = `${what} ${quote(String(value))} stands here twice`;
      report({
        code: "JW1207",
        message,
        hint: `The first is item ${before + 1} of the list. Remove one of them.`,
        path: [...path, String(index), key],
      });
    }
  });
}
