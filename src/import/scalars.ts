import { Scalar } from "yaml";

/** Read as text by nobody but us, or by nobody at all: kept out of plain scalars. */
const LOOKS_NUMERIC = /^(?:[-+.]?[\d_.]|=$)/;
const UNSEEN = /[\x7f-\x9f\u2028\u2029\ufeff]/;

/**
 * A text as a scalar node that all YAML readers take for the same text: as a block where it has lines, in double quotes
 * where it might be taken for a number, a date or a reference; else the library decides.
 */
export function textScalar(text: string, options: { readonly block: boolean }): Scalar<string> {
  const node = new Scalar(text);
  if (text.includes("\n")) node.type = options.block && isBlock(text) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
  else if (LOOKS_NUMERIC.test(text) || UNSEEN.test(text) || text.includes("$")) node.type = Scalar.QUOTE_DOUBLE;
  return node;
}

/** Whether a text reads well, and safely, as a block: editors leave its lines alone. */
function isBlock(text: string): boolean {
  return /^[^\s]/.test(text) && !/[ \t](?:\n|$)/.test(text) && !/[\x00-\x08\x0b-\x1f]/.test(text) && !UNSEEN.test(text);
}

/** Characters that YAML text must not hold as they are; here they only ever stand between double quotes. */
export function escapeUnseen(yaml: string): string {
  return yaml.replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * A literal text as a manifest must write it so that nothing in it is taken for a reference. `vendorForms`: in Blaxel
 * manifests `$secrets.NAME` is one, too.
 */
export function escapeReferences(text: string, vendorForms: boolean): string {
  const escaped = text.replaceAll("${", () => "$${");
  return vendorForms ? escaped.replaceAll("$secrets.", () => "$$secrets.") : escaped;
}
