import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readPolicy } from "../manifest/config.ts";
import { parseYaml } from "../manifest/parse.ts";
import { Source } from "../manifest/source.ts";
import type { Config } from "../model/config.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { PlanWarning, PolicyChange } from "../model/plan.ts";
import type { ReviewedPolicy } from "../plan/input.ts";
import { policyChanges } from "../plan/policy.ts";
import { configAt } from "./git.ts";
import type { Shell } from "./shell.ts";

/** What a change under review does to the policies, and what it is judged by besides its own. */
export interface Review {
  readonly changes: readonly PolicyChange[];
  /** Absent where the policies that it starts from are not known. */
  readonly policy?: ReviewedPolicy;
  readonly warnings: readonly PlanWarning[];
}

const NOTHING: Review = { changes: [], warnings: [] };

/**
 * Compares the config with that of the pull request's base branch (`GITHUB_BASE_REF`), or of the commit `since`. Without
 * either, no change is under review.
 */
export async function reviewOf(shell: Shell, config: Config, since?: string): Promise<Review> {
  const branch = shell.runtime.env["GITHUB_BASE_REF"];
  const ref = since ?? (branch === undefined || branch === "" ? undefined : `origin/${branch}`);
  if (ref === undefined) return NOTHING;
  const file = config.file ?? "jobwright.yaml";
  const before = await configAt(shell, config.root, ref, file);
  if (before === "unknown") {
    return unjudged(`this clone does not hold ${ref}; fetch more history (fetch-depth: 0)`);
  }
  const after = await readFile(join(config.root, file), "utf8").catch(() => undefined);
  const [was, is] = [settings(file, before), settings(file, after)];
  const policy = before !== undefined && was === undefined ? undefined : readPolicy(was, config.environment);
  if (policy === undefined) return unjudged(`the config of ${ref} cannot be read`);
  return { changes: policyChanges(was, is), policy: { ref, ...policy }, warnings: [] };
}

function settings(file: string, text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const source = new Source(file, text);
  const [document] = parseYaml(source, { lint: false });
  if (document === undefined) return source.errors === 0 ? {} : undefined;
  return isJsonObject(document.value) ? document.value : undefined;
}

function unjudged(why: string): Review {
  const message = `changes of the policies (safety, ignore, targets) cannot be shown, and this plan is judged by its own alone: ${why}`;
  return { changes: [], warnings: [{ code: "JW3504", message }] };
}
