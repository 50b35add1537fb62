import { isObject, own, SecretRef, type ValueObject } from "../model/document.ts";
import { checkName } from "./names.ts";
import { type RuleContext, refuseSecret } from "./rule-context.ts";
import { checkBlaxel } from "./rules-blaxel.ts";
import { checkNimble } from "./rules-nimble.ts";

/** Checks that the schemas cannot express, of a manifest that fits its schema. */
export function checkRules(document: ValueObject, context: RuleContext): void {
  checkIdentity(document, context);
  if (context.provider === "nimble") checkNimble(document, context);
  else checkBlaxel(document, context);
}

function checkIdentity(document: ValueObject, { provider, report }: RuleContext): void {
  const metadata = own(document, "metadata");
  const name = isObject(metadata) ? own(metadata, "name") : undefined;
  const path = ["metadata", "name"];
  if (name instanceof SecretRef) refuseSecret(report, path, "a job's name");
  const problem = typeof name === "string" && name !== "" ? checkName(name, provider) : undefined;
  if (problem !== undefined) report({ code: "JW1203", ...problem, path });
}
