import blaxel from "../../schemas/blaxel.schema.json" with { type: "json" };
import config from "../../schemas/config.schema.json" with { type: "json" };
import event from "../../schemas/event.schema.json" with { type: "json" };
import manifest from "../../schemas/manifest.schema.json" with { type: "json" };
import nimbleV1 from "../../schemas/nimble-v1.schema.json" with { type: "json" };
import nimbleV2 from "../../schemas/nimble-v2.schema.json" with { type: "json" };
import plan from "../../schemas/plan.schema.json" with { type: "json" };
import state from "../../schemas/state.schema.json" with { type: "json" };
import status from "../../schemas/status.schema.json" with { type: "json" };
import { JobwrightError } from "../errors.ts";
import { closest } from "../manifest/suggest.ts";
import { documentText } from "../render/plan-document.ts";
import type { CommandResult } from "./shell.ts";

/** The JSON Schemas by the name under which `jobwright schema NAME` prints them. */
export const SCHEMAS: Readonly<Record<string, object>> = {
  manifest,
  "nimble-v1": nimbleV1,
  "nimble-v2": nimbleV2,
  blaxel,
  config,
  plan,
  event,
  state,
  status,
};

/** `jobwright schema [NAME]`: prints one schema, or the names of all. */
export function schema(name: string | undefined, options: { readonly json?: boolean } = {}): CommandResult {
  if (name === undefined) {
    const names = Object.keys(SCHEMAS);
    return {
      exitCode: 0,
      stdout: options.json ? documentText({ formatVersion: 1, schemas: names }) : `${names.join("\n")}\n`,
    };
  }
  const found = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined;
  if (found === undefined) {
    const near = closest(name, Object.keys(SCHEMAS));
    throw new JobwrightError("JW5001", "invalid", `there is no schema ${name}`, {
      hint: near === undefined ? `Schemas: ${Object.keys(SCHEMAS).join(", ")}.` : `Did you mean ${near}?`,
    });
  }
  return { exitCode: 0, stdout: documentText(found) };
}
