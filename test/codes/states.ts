import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { hold } from "../../src/commands/hold.ts";
import { stateList, stateUnlock } from "../../src/commands/state.ts";
import { nodeDisk } from "../../src/state/disk.ts";
import { wrapDisk } from "../state/support/wrapped-disk.ts";
import { git, gitInit } from "../support/git.ts";
import { nimble, type Scenario, type Scenarios, type Scene } from "./scene.ts";

const STATE = ".jobwright/state.json";
const JOURNAL = ".jobwright/journal.jsonl";

/** Applies, does something to the state, and looks at it. */
function damaged(edit: (scene: Scene) => void): Scenario {
  return async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    await scene.apply();
    edit(scene);
    return scene.run((shell) => stateList(shell, { json: true }));
  };
}

/** Applies with a state in Git, in a repository with a remote beside it. */
function inGit(prepare: (scene: Scene, remote: string) => unknown, act: Scenario = (scene) => scene.apply()): Scenario {
  return async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobwright.yaml", "state: { store: git }\n");
    scene.write(".gitignore", "remote.git\n");
    const remote = join(scene.path, "remote.git");
    gitInit(scene.path);
    execFileSync("git", ["init", "-q", "--bare", remote]);
    git(scene.path, "remote", "add", "origin", remote);
    prepare(scene, remote);
    return act(scene);
  };
}

/** The state, its lock, its journal. */
export const STATES: Scenarios = {
  JW4000: damaged((scene) => {
    execFileSync("rm", [join(scene.path, STATE)]);
    mkdirSync(join(scene.path, STATE));
  }),
  JW4001: damaged((scene) => scene.write(STATE, scene.read(STATE).slice(0, 100))),
  JW4002: damaged((scene) => scene.write(STATE, '{ "formatVersion": 2 }\n')),
  JW4003: damaged((scene) =>
    scene.write(STATE, scene.read(STATE).replace('"environment": ""', '"environment": "staging"')),
  ),
  JW4004: damaged((scene) => scene.write(JOURNAL, `${scene.read(JOURNAL)}not an entry\n{}\n`)),
  JW4005: damaged((scene) => execFileSync("rm", [join(scene.path, STATE)])),
  JW4006: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    scene.write(".jobwright", "a file\n");
    return scene.apply();
  },
  JW4007: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    let lines = 0;
    // The disk is full at the journal's first entry; its head fitted, and later there is room again.
    const disk = wrapDisk(nodeDisk, async (call, make) => {
      if (call.name === "write" && /journal/.test(call.path) && ++lines === 2) {
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      }
      return make();
    });
    return scene.apply({}, { ...scene.shell(), disk });
  },
  JW4010: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    scene.env["USER"] = "ana";
    return scene.apply({ onPlan: async () => void (await scene.apply()) });
  },
  JW4011: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    const take = () => scene.run((shell) => stateUnlock(shell, { json: true, force: true }));
    return scene.apply({ onPlan: async () => void (await take()) });
  },
  JW4012: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    scene.write(".jobwright/lock", "a file\n");
    return scene.apply();
  },
  JW4020: async (scene) => {
    await scene.platforms();
    scene.env["GIT_CEILING_DIRECTORIES"] = join(scene.path, "..");
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobwright.yaml", "state: { store: git }\n");
    return scene.apply();
  },
  JW4021: inGit(
    (_, remote) => execFileSync("rm", ["-r", remote]),
    // Reading takes no lock; it is tried again after waits.
    (scene) => scene.run((shell) => stateList(shell, { json: true }), scene.quick()),
  ),
  JW4022: inGit((_, remote) => {
    const hook = join(remote, "hooks/pre-receive");
    execFileSync("sh", ["-c", `printf '#!/bin/sh\\nexit 1\\n' > ${hook}`]);
    chmodSync(hook, 0o755);
  }),
  JW4023: inGit((scene) => git(scene.path, "push", "-q", "origin", "main:refs/jobwright/state")),
};

/** Of jobs that the state does not own. */
export const OWNED: Scenarios = {
  JW5004: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    await scene.apply();
    const until = { until: "2999-12-31", reason: "vendor outage", json: true };
    return scene.run((shell) => hold(shell, "nimble/amazon-dayly", until));
  },
};
