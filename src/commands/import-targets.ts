import { JobwrightError } from "../errors.ts";
import type { ApiVersion } from "../model/job.ts";
import { connectTargets, type EstateOptions } from "./estate.ts";
import { unknownTarget } from "./scope.ts";

/** Which targets to import from. */
export interface TargetChoice {
  /** `--target`; all where there is none. */
  readonly target?: readonly string[];
  /** `--api`: Nimble's API. */
  readonly api?: "v1" | "v2";
}

/**
 * The targets to import from, and the API version of the manifests to write for each. The two that every config has are
 * left out where the environment holds no credentials for them, unless they are asked for by name.
 */
export async function targetsToImport(
  options: EstateOptions,
  choice: TargetChoice,
): Promise<ReadonlyMap<string, ApiVersion>> {
  const { open, shell } = options;
  const asked = choice.target ?? [];
  for (const name of asked) {
    if (!Object.hasOwn(open.targets, name)) throw unknownTarget(name, Object.keys(open.targets));
  }
  const names = Object.keys(open.targets).filter((name) => asked.length === 0 || asked.includes(name));
  const usable = new Map<string, ApiVersion>();
  const problems: unknown[] = [];
  for (const name of names.sort()) {
    const version = versionOf(options, choice, name);
    try {
      await probe({ ...options, targets: new Map([[name, [version]]]) });
      usable.set(name, version);
    } catch (error) {
      if (asked.length > 0 || open.targets[name]?.explicit !== false || !lacksCredentials(error)) throw error;
      problems.push(error);
      shell.runtime.log(`${name} is left out: ${error instanceof Error ? error.message : ""}`);
    }
  }
  if (usable.size === 0) throw problems[0];
  return usable;
}

function lacksCredentials(error: unknown): boolean {
  return error instanceof JobwrightError && (error.code === "JW2050" || error.code === "JW2052");
}

/** Connecting sends nothing, but it throws for settings that cannot be used. */
async function probe(options: EstateOptions): Promise<void> {
  const { clients, transport } = connectTargets(options);
  await Promise.all([...clients.values()].map((client) => client.close()));
  await transport.close();
}

/** As the target's other manifests have it, v1 where there are none. */
function versionOf({ open }: EstateOptions, { api }: TargetChoice, target: string): ApiVersion {
  if (open.targets[target]?.provider === "blaxel") return "blaxel.ai/v1alpha1";
  if (api !== undefined) return api === "v2" ? "nimbleway.com/v2" : "nimbleway.com/v1";
  const declared = open.project.desired.filter((job) => job.target === target);
  const all = declared.length > 0 && declared.every((job) => job.apiVersion === "nimbleway.com/v2");
  return all ? "nimbleway.com/v2" : "nimbleway.com/v1";
}
