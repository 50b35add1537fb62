import blaxel from "../../schemas/blaxel.schema.json" with { type: "json" };
import completion from "../../schemas/completion.schema.json" with { type: "json" };
import config from "../../schemas/config.schema.json" with { type: "json" };
import diffPlans from "../../schemas/diff-plans.schema.json" with { type: "json" };
import error from "../../schemas/error.schema.json" with { type: "json" };
import event from "../../schemas/event.schema.json" with { type: "json" };
import hold from "../../schemas/hold.schema.json" with { type: "json" };
import imported from "../../schemas/import.schema.json" with { type: "json" };
import importDrifted from "../../schemas/import-drifted.schema.json" with { type: "json" };
import init from "../../schemas/init.schema.json" with { type: "json" };
import manifest from "../../schemas/manifest.schema.json" with { type: "json" };
import nimbleV1 from "../../schemas/nimble-v1.schema.json" with { type: "json" };
import nimbleV2 from "../../schemas/nimble-v2.schema.json" with { type: "json" };
import plan from "../../schemas/plan.schema.json" with { type: "json" };
import sandbox from "../../schemas/sandbox.schema.json" with { type: "json" };
import schemaList from "../../schemas/schema.schema.json" with { type: "json" };
import state from "../../schemas/state.schema.json" with { type: "json" };
import stateList from "../../schemas/state-list.schema.json" with { type: "json" };
import stateMv from "../../schemas/state-mv.schema.json" with { type: "json" };
import stateRm from "../../schemas/state-rm.schema.json" with { type: "json" };
import stateShow from "../../schemas/state-show.schema.json" with { type: "json" };
import stateUnlock from "../../schemas/state-unlock.schema.json" with { type: "json" };
import status from "../../schemas/status.schema.json" with { type: "json" };
import { JobwrightError } from "../errors.ts";
import { closest } from "../manifest/suggest.ts";
import { documentText } from "../render/plan-document.ts";
import type { CommandResult } from "./shell.ts";

/**
 * The JSON Schemas by the name under which `jobwright schema NAME` prints them: of what people write, and of what
 * commands answer, by the command (`error`: where one fails; `plan`: also of apply and drift; `hold`: also of release).
 */
export const SCHEMAS: Readonly<Record<string, object>> = {
  manifest,
  "nimble-v1": nimbleV1,
  "nimble-v2": nimbleV2,
  blaxel,
  config,
  plan,
  event,
  status,
  state,
  error,
  init,
  import: imported,
  "import-drifted": importDrifted,
  hold,
  "diff-plans": diffPlans,
  "state-list": stateList,
  "state-show": stateShow,
  "state-rm": stateRm,
  "state-mv": stateMv,
  "state-unlock": stateUnlock,
  sandbox,
  completion,
  schema: schemaList,
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
