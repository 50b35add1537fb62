import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseYaml } from "../manifest/parse.ts";
import { Source } from "../manifest/source.ts";
import type { Config } from "../model/config.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { Plan, PlanWarning } from "../model/plan.ts";
import { policyChanges } from "../plan/policy.ts";
import { fileAt } from "./git.ts";
import type { Shell } from "./shell.ts";

/**
 * A plan with what the change under review does to the policies themselves. The version to compare with is the pull
 * request's base branch (`GITHUB_BASE_REF`), or the commit of `--changed-since`; without either, nothing is compared.
 */
export async function withPolicy(shell: Shell, config: Config, since: string | undefined, plan: Plan): Promise<Plan> {
  const branch = shell.runtime.env["GITHUB_BASE_REF"];
  const ref = since ?? (branch === undefined || branch === "" ? undefined : `origin/${branch}`);
  if (ref === undefined) return plan;
  const file = config.file ?? "jobwright.yaml";
  const before = await fileAt(shell, config.root, ref, file);
  if (before === "unknown") return { ...plan, warnings: [unknown(ref), ...plan.warnings] };
  const after = await readFile(join(config.root, file), "utf8").catch(() => undefined);
  const policy = policyChanges(settings(file, before), settings(file, after));
  return policy.length === 0 ? plan : { ...plan, policy };
}

function settings(file: string, text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const [document] = parseYaml(new Source(file, text), { lint: false });
  return isJsonObject(document?.value) ? document.value : undefined;
}

function unknown(ref: string): PlanWarning {
  return {
    code: "JW3504",
    message: `this clone does not hold ${ref}, so changes of the policies (safety, ignore, targets) cannot be shown; fetch more history (fetch-depth: 0)`,
  };
}
