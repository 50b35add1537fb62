import type { OpenProject } from "../../src/commands/project.ts";
import { type Config, HTTP_DEFAULTS, SAFETY_DEFAULTS } from "../../src/model/config.ts";
import type { Env } from "../../src/model/runtime.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { desiredOf, type SimJob, secretsOf } from "./jobs.ts";
import { FOLDER } from "./place-file.ts";
import type { World } from "./world.ts";

const TARGETS = {
  nimble: { name: "nimble", provider: "nimble", explicit: false },
  blaxel: { name: "blaxel", provider: "blaxel", explicit: false },
} as const;

/** A checkout with these manifests, loaded. */
export function projectOf(world: World, env: Env, declared: ReadonlyMap<string, SimJob>): OpenProject {
  const secrets = createSecretTable();
  const jobs = [...declared.values()];
  for (const job of jobs) {
    for (const [variable, value] of Object.entries(secretsOf(job))) {
      secrets.add(`env:${variable}`, value);
      world.secrets.add(value);
    }
  }
  const desired = jobs.map(desiredOf).sort((a, b) => (a.address < b.address ? -1 : 1));
  const config: Config = {
    root: "/project",
    environment: "",
    environments: [],
    manifests: [],
    exclude: [],
    targets: TARGETS,
    vars: {},
    patches: [],
    state: { store: world.options.store, ref: "", remote: "" },
    ignore: [],
    safety: SAFETY_DEFAULTS,
    http: { ...HTTP_DEFAULTS, ...world.options.http },
    createSettleMs: world.options.createSettleMs,
  };
  return {
    project: {
      config,
      desired,
      selected: new Set(desired.map((job) => job.address)),
      narrowed: false,
      isSelectedFile: () => true,
      diagnostics: [],
      secrets,
      files: [],
      locate: () => undefined,
    },
    env,
    stateDirectory: FOLDER,
    sandbox: undefined,
    targets: TARGETS,
    close: async () => {},
  };
}
