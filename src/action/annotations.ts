import type { LoadedProject } from "../manifest/load.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Plan } from "../model/plan.ts";

/** What a plan has to say about lines of manifests: refusals as errors, warnings as warnings. */
export function planDiagnostics(plan: Plan, project: Pick<LoadedProject, "desired">): readonly Diagnostic[] {
  const places = new Map(project.desired.map(({ address, source }) => [address, source]));
  const at = (address: string | undefined): Partial<Diagnostic> => {
    const place = address === undefined ? undefined : places.get(address);
    return place === undefined ? {} : { file: place.file, line: place.line, column: place.column };
  };
  return [
    ...plan.refusals.map(
      ({ code, message, hint, address }): Diagnostic => ({ code, severity: "error", message, hint, ...at(address) }),
    ),
    ...plan.warnings.map(
      ({ code, message, address }): Diagnostic => ({ code, severity: "warning", message, ...at(address) }),
    ),
  ];
}

/** What an apply has to say about lines of manifests: each action that did not end well. What was skipped has no reason of its own. */
export function resultDiagnostics(plan: Plan, results: ReadonlyMap<string, ActionResult>): readonly Diagnostic[] {
  return plan.actions.flatMap(({ address, action, source }): readonly Diagnostic[] => {
    const { status, error, notConverged = [] } = results.get(address) ?? {};
    if (status === undefined || status === "skipped" || (status === "applied" && notConverged.length === 0)) return [];
    const why = error?.message ?? "what was written is not what the platform has";
    const place = source === undefined ? {} : { file: source.file, line: source.line, column: source.column };
    const message = `${address}: ${action} ${status === "applied" ? "did not converge" : status}: ${why}`;
    return [{ code: error?.code ?? "jobwright", severity: "error", message, hint: error?.hint ?? "", ...place }];
  });
}
