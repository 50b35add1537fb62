import type { LoadedProject } from "../manifest/load.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
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
