import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { importJobs } from "../../src/commands/import.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { git, gitInit } from "../support/git.ts";
import { blaxel, nimble, type Scenario, type Scenarios, type Scene } from "./scene.ts";

const on = (cron: string) => `  schedule: { cron: "${cron}", enabled: true }\n`;

/** Applies one manifest, then has another one in its place. */
async function applied(scene: Scene, first: string, second: string): Promise<void> {
  scene.write("jobs/a.yaml", first);
  await scene.apply();
  scene.write("jobs/a.yaml", second);
}

/** Applies manifests of these names, a file each. */
async function estate(scene: Scene, names: readonly string[]): Promise<void> {
  for (const name of names) scene.write(`jobs/${name}.yaml`, nimble(on("0 6 * * *"), name));
  await scene.apply();
}

function remove(scene: Scene, names: readonly string[]): void {
  for (const name of names) execFileSync("rm", [join(scene.path, `jobs/${name}.yaml`)]);
}

/** Saves a plan of a pending change, lets something happen, applies it. */
function saved(between: (scene: Scene, sandbox: Sandbox) => unknown): Scenario {
  return async (scene) => {
    const sandbox = await scene.platforms();
    await applied(scene, nimble(on("0 6 * * *")), nimble(on("0 7 * * *")));
    await scene.plan({ out: "plan.json" });
    await between(scene, sandbox);
    return scene.apply({ paths: ["plan.json"] });
  };
}

/** Which live job a manifest means. */
export const MATCHING: Scenarios = {
  JW1401: async (scene) => {
    const { data } = await scene.platforms();
    for (const _ of [1, 2]) data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    scene.write("jobs/a.yaml", nimble());
    return scene.plan();
  },
  JW1402: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble("", "a", "  annotations: { jobwright.dev/id: job_404 }\n"));
    return scene.plan();
  },
  JW1403: async (scene) => {
    const { data } = await scene.platforms();
    const { id } = data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobs/b.yaml", nimble("", "amazon-copy", `  annotations: { jobwright.dev/id: ${id} }\n`));
    return scene.plan();
  },
};

/** Refusals, and warnings of a plan. */
export const REFUSED: Scenarios = {
  JW3001: async (scene) => {
    await scene.platforms();
    await estate(scene, ["a", "b"]);
    remove(scene, ["a"]);
    scene.write("jobwright.yaml", 'safety: { protect: ["nimble/*"] }\n');
    return scene.plan({ prune: true });
  },
  JW3002: async (scene) => {
    await scene.platforms();
    await applied(scene, nimble(), nimble().replace("amazon_pdp", "amazon_serp"));
    return scene.plan();
  },
  JW3003: async (scene) => {
    const { data } = await scene.platforms();
    data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobwright.yaml", "safety: { adopt: deny }\n");
    return scene.plan();
  },
  JW3004: async (scene) => {
    await scene.platforms();
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    await estate(scene, names);
    remove(scene, names.slice(1));
    return scene.plan({ prune: true });
  },
  JW3005: async (scene) => {
    await scene.platforms();
    await applied(scene, nimble(on("0 6 * * *")), nimble(on("0 7 * * *")));
    return scene.plan({ maxUpdates: 0 });
  },
  JW3006: async (scene) => {
    const { data } = await scene.platforms();
    await estate(scene, ["a", "b"]);
    for (const { id } of data.nimble.all()) data.nimble.delete(id);
    return scene.plan();
  },
  JW3007: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", blaxel());
    await scene.apply();
    scene.env["BL_WORKSPACE"] = "acme-staging";
    return scene.plan();
  },
  JW3008: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", blaxel());
    scene.write("jobs/b.yaml", blaxel(undefined, "weekly", "  annotations: { jobwright.dev/target: eu }\n"));
    scene.write("jobwright.yaml", "targets: { eu: { provider: blaxel, workspace: acme } }\n");
    return scene.plan();
  },
  JW3009: async (scene) => {
    await scene.platforms();
    await estate(scene, ["a"]);
    remove(scene, ["a"]);
    return scene.plan({ prune: true });
  },
  JW3010: async (scene) => {
    await scene.platforms();
    await estate(scene, ["a", "b"]);
    const state = ".jobwright/state.json";
    scene.write(state, scene.read(state).replaceAll('"id":"job_2"', '"id":"job_1"'));
    return scene.plan();
  },
  JW3011: async (scene) => {
    const { data } = await scene.platforms();
    await applied(scene, nimble(on("0 6 * * *")), nimble(on("0 7 * * *")));
    data.nimble.edit("job_1", { schedule: { cron: "0 8 * * *", enabled: true } });
    scene.write("jobwright.yaml", "safety: { conflicts: refuse }\n");
    return scene.plan();
  },
  JW3012: async (scene) => {
    await scene.platforms({ accounts: { "nimble-key-of-others": "others" } });
    await estate(scene, ["a"]);
    scene.env["NIMBLE_API_KEY"] = "nimble-key-of-others";
    return scene.plan();
  },
  JW3101: async (scene) => {
    const { data, faults } = await scene.platforms();
    await applied(scene, blaxel(), blaxel("  runtime: { memory: 4096 }\n"));
    // The list was read; by the time the job is read once more, somebody has edited it.
    const edit = () => void data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    faults.add({ method: "GET", path: "/v0/jobs/nightly", before: edit });
    return scene.apply();
  },
  JW3102: saved((_, { data }) => data.nimble.edit("job_1", { schedule: { cron: "0 8 * * *", enabled: true } })),
  JW3103: saved((scene) => scene.write("plan.json", scene.read("plan.json").replaceAll("0 7 * * *", "0 9 * * *"))),
  JW3104: saved((scene) => scene.apply()),
  JW3501: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    return scene.plan({ only: ["nimble/*"] });
  },
  JW3502: async (scene) => {
    await scene.platforms();
    await applied(scene, nimble(on("0 6 * * *")), nimble(on("0 6 * * *"), "amazon-pdp-daily"));
    return scene.plan();
  },
  JW3503: async (scene) => {
    const { data } = await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    await scene.apply();
    data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    return scene.plan();
  },
  JW3504: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    gitInit(scene.path);
    scene.env["GITHUB_BASE_REF"] = "main";
    return scene.plan();
  },
  JW3505: async (scene) => {
    const { data } = await scene.platforms();
    scene.write("jobs/a.yaml", nimble("  description: as declared\n"));
    scene.write("jobwright.yaml", "safety: { maxDeletes: 5 }\n");
    await scene.apply();
    gitInit(scene.path);
    git(scene.path, "update-ref", "refs/remotes/origin/main", "HEAD");
    data.nimble.edit("job_1", { description: "by hand" });
    scene.write("jobwright.yaml", "ignore: [{ match: nimble/amazon-daily, paths: [/spec/description] }]\n");
    scene.env["GITHUB_BASE_REF"] = "main";
    return scene.plan();
  },
};

/** What commands say of files that they write. */
export const WRITING: Scenarios = {
  JW5005: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    return scene.plan({ out: "plans/plan.json" });
  },
  JW5101: async (scene) => {
    await scene.platforms();
    return scene.apply({ paths: ["plan.json"] });
  },
  JW5102: async (scene) => {
    await scene.platforms();
    scene.write("plan.json", '{ "formatVersion": 2 }\n');
    return scene.apply({ paths: ["plan.json"] });
  },
  JW5501: async (scene) => {
    const { data } = await scene.platforms();
    data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    scene.write("jobwright.yaml", 'exclude: ["jobs/nimble/**"]\n');
    scene.write("jobs/nimble/amazon-daily.yaml", "# mine\n");
    return scene.run((shell) => importJobs(shell, { json: true, target: ["nimble"] }));
  },
  JW5502: async (scene) => {
    await scene.platforms();
    return scene.run((shell) => importJobs(shell, { json: true, out: "../elsewhere" }));
  },
};
