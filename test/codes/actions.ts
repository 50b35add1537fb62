import { pull } from "../action/support/fake-github.ts";
import {
  commandsOf,
  HEAD,
  MERGED,
  pullRequest,
  push,
  type StepRun,
  stepWorld,
  type World,
} from "../action/support/step.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import type { Scene } from "./scene.ts";

/** What the GitHub Action told, in a world of its own with one job. */
function told(work: (world: World) => Promise<StepRun>) {
  return async (scene: Scene): Promise<void> => {
    const world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    try {
      for (const { data } of commandsOf(await work(world), "error")) {
        const [, code, text = ""] = /^(JW\d{4}) (.*)$/s.exec(data) ?? [];
        // Message and hint are one text there.
        if (code !== undefined) scene.told.push({ code, text, hint: text });
      }
    } finally {
      await world.close();
    }
  };
}

/** A pull request of this head was merged. */
function merged({ github }: World): void {
  github.pulls.set(MERGED, [pull(7, HEAD, { merge_commit_sha: MERGED })]);
}

/** What only the GitHub Action says. */
export const ACTION = {
  JW3201: told(async (world) => {
    await world.run({ command: "plan" });
    merged(world);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 9 * * *"));
    return world.run({ command: "apply" }, push());
  }),
  JW3202: told((world) => world.run({ command: "apply" }, push())),
  JW3203: told((world) => {
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 6 * * *", '  description: "${env:HOME}"\n'));
    return world.run({ command: "plan" }, pullRequest({ from: "mallory/r", event: "pull_request_target" }));
  }),
  JW5601: told((world) => world.run({ command: "plna" })),
  JW5602: told((world) => {
    world.github.faults.push({ on: /./, status: 403, message: "Resource not accessible by integration" });
    return world.run({ command: "apply" }, push());
  }),
  // The fake's pull request ends in a commit that no folder has.
  JW5603: told((world) => {
    world.github.pulls.set(HEAD, [pull(7, HEAD, { state: "open" })]);
    const payload = { issue: { number: 7, pull_request: { url: "x" } }, comment: { body: "/plan" } };
    return world.run({ command: "plan" }, { name: "issue_comment", sha: MERGED, payload });
  }),
};
