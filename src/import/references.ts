import { type InterpolationProblem, type Lookups, mayInterpolate, resolveString } from "../manifest/interpolate.ts";
import { SecretRef } from "../model/document.ts";

/** Whether a text of a manifest holds a reference (`${var:x}`, ...), and not just escaped ones. */
export function hasReference(text: string, vendorForms: boolean): boolean {
  if (!mayInterpolate(text, vendorForms)) return false;
  let found = false;
  const note = <T>(value: T) => {
    found = true;
    return { value };
  };
  const lookups: Lookups = {
    variable: () => note(""),
    env: (name) => note(new SecretRef(`env:${name}`)),
    file: (path) => note(new SecretRef(`file:${path}`)),
    reveal: () => undefined,
    keep: () => {},
  };
  const problems: InterpolationProblem[] = [];
  resolveString(text, vendorForms, lookups, problems);
  return found || problems.length > 0;
}
