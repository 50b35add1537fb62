import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withChecksum } from "../../src/commands/saved-plan.ts";
import type { Action } from "../../src/model/plan.ts";
import { digestOf } from "../../src/plan/digest.ts";
import type { ActionDocument, PlanDocument } from "../../src/render/plan-document.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** An action that may be changed. */
type PlanAction = Mutable<Omit<ActionDocument, "changes" | "requests">> & {
  changes: Mutable<ActionDocument["changes"][number]>[];
  requests: Mutable<ActionDocument["requests"][number]>[];
};
/** A plan that may be changed. */
type Plan = Mutable<Omit<PlanDocument, "actions">> & { actions: PlanAction[] };

/** A project whose two jobs were applied and changed since; the plan of that is saved in plan.json. */
async function prepared(): Promise<CliProject> {
  const made = await cliProject({
    "jobs/amazon.yaml": nimbleManifest("amazon"),
    "jobs/nightly.yaml": blaxelManifest("nightly"),
    "jobwright.yaml": "environments: { prod: {} }\n",
  });
  await made.done("apply", "-y");
  made.write("jobs/amazon.yaml", nimbleManifest("amazon", "0 7 * * *"));
  made.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
  await made.done("plan", "--out", "plan.json");
  made.sandbox.data.nimble.put({ id: "job_99", name: "somebody-elses", agent_name: "amazon_pdp" });
  made.sandbox.log.clear();
  return made;
}

// What is refused changes nothing: all those tests share one project.
let shared: CliProject;
let savedPlan = "";
beforeAll(async () => {
  shared = await prepared();
  savedPlan = shared.read("plan.json");
}, 180_000);
afterAll(() => shared.close());

beforeEach(() => shared.sandbox.log.clear());

function edited(edit: (plan: Plan, action: (address: string) => PlanAction) => void): Plan {
  const plan = JSON.parse(savedPlan) as Plan;
  edit(plan, (address) => {
    const action = plan.actions.find((each) => each.address === address);
    if (action === undefined) throw new Error(`no action for ${address}`);
    return action;
  });
  return plan;
}

/** As somebody does it who knows how: digest and checksum are made to fit. */
function forged(plan: Plan): string {
  const { checksum: _, ...rest } = plan as Plan & { checksum?: string };
  const digest = digestOf(rest.actions as unknown as Action[]);
  return JSON.stringify(withChecksum({ ...rest, digest } as PlanDocument), null, 2);
}

async function expectRefused(text: string): Promise<string> {
  shared.write("plan.json", text);
  const run = await shared.runWith({ AWS_SECRET_ACCESS_KEY: "aws-value" }, "apply", "plan.json", "-y", "--json");
  expect(`${run.code}: ${run.stdout}`).toMatch(/^3: /);
  expect(shared.sandbox.log.writes()).toEqual([]);
  expect(run.stdout + run.stderr).not.toContain("aws-value");
  return onlyJson<{ error: { code: string } }>(run).error.code;
}

describe("a saved plan is applied", () => {
  let project: CliProject;
  beforeEach(async () => {
    project = await prepared();
  });
  afterEach(() => project.close());

  test("laid out otherwise", async () => {
    project.write("plan.json", JSON.stringify(JSON.parse(project.read("plan.json"))));
    expect((await project.done("apply", "plan.json", "-y")).stdout).toContain("2 updated");
  });

  test("less an action, with digest and checksum made to fit: it is a smaller plan", async () => {
    const plan = JSON.parse(project.read("plan.json")) as Plan;
    project.write("plan.json", forged({ ...plan, actions: plan.actions.slice(1) }));
    await project.done("apply", "plan.json", "-y");
    expect(project.sandbox.log.writes().map(({ method }) => method)).toEqual(["PATCH"]);
  });

  test("with the flags that it was made with; its name need not end in .json", async () => {
    await project.done("plan", "--prune", "--max-updates", "5", "--out", "the.plan");
    await project.done("apply", "the.plan", "--prune", "--max-updates", "5", "-y");
    expect(project.sandbox.log.writes()).toHaveLength(2);
  });
});

const EDITS: Readonly<Record<string, (plan: Plan, action: (address: string) => PlanAction) => void>> = {
  "another job's id": (_, action) => {
    const amazon = action("nimble/amazon");
    amazon.id = "job_99";
    for (const request of amazon.requests) request.path = "/v1/jobs/job_99";
  },
  "another job's id in the request alone": (_, action) => {
    for (const request of action("nimble/amazon").requests) request.path = "/v1/jobs/job_99";
  },
  "DELETE in place of PATCH": (_, action) => {
    for (const request of action("nimble/amazon").requests) {
      request.method = "DELETE";
      delete request.body;
    }
  },
  "a delete in place of an update": (_, action) => {
    const amazon = action("nimble/amazon");
    Object.assign(amazon, {
      action: "delete",
      changes: [],
      requests: [{ method: "DELETE", path: `/v1/jobs/${amazon.id}` }],
    });
    delete amazon.desired;
  },
  "one request more": (_, action) => {
    const amazon = action("nimble/amazon");
    amazon.requests = [...amazon.requests, { method: "DELETE", path: "/v1/jobs/job_99" }];
  },
  "an absolute URL": (_, action) => {
    for (const request of action("nimble/amazon").requests) request.path = "https://evil.example/v1/jobs/job_1";
  },
  "another host without scheme": (_, action) => {
    for (const request of action("nimble/amazon").requests) request.path = "//evil.example/v1/jobs/job_1";
  },
  "a path that climbs": (_, action) => {
    for (const request of action("blaxel/nightly").requests) request.path = "/v0/jobs/../workspaces/acme";
  },
  "another body": (_, action) => {
    for (const request of action("nimble/amazon").requests) {
      request.body = { schedule: { cron: "0 7 * * *", enabled: true }, description: "x" };
    }
  },
  "another value in the request alone": (_, action) => {
    for (const request of action("nimble/amazon").requests) {
      request.body = { schedule: { cron: "* * * * *", enabled: true } };
    }
  },
  "another value in the change alone": (_, action) => {
    for (const change of action("nimble/amazon").changes) change.after = "* * * * *";
  },
  "a secret of the environment in a body": (_, action) => {
    for (const request of action("nimble/amazon").requests) {
      request.body = {
        schedule: { cron: "0 7 * * *", enabled: true },
        description: { $secret: "env:AWS_SECRET_ACCESS_KEY" },
      };
    }
  },
  "a secret of the environment in what is declared": (_, action) => {
    const { desired } = action("blaxel/nightly");
    Object.assign(desired?.spec ?? {}, {
      runtime: { memory: 4096, envs: [{ name: "X", value: { $secret: "env:AWS_SECRET_ACCESS_KEY" } }] },
    });
  },
  "another target": (plan, action) => {
    const amazon = action("nimble/amazon");
    Object.assign(amazon, { address: "blaxel/amazon", target: "blaxel" });
    plan.actions.sort((a, b) => (a.address < b.address ? -1 : 1));
  },
  "one action more, for a job that is not ours": (plan) => {
    plan.actions.push({
      ...{ address: "nimble/somebody-elses", action: "delete", id: "job_99", target: "nimble", provider: "nimble" },
      ...{ changes: [], requests: [{ method: "DELETE", path: "/v1/jobs/job_99" }], notes: [] },
      precondition: "sha256:00",
    } as PlanAction);
  },
  "another account": (plan) => {
    plan.targets = { ...plan.targets, nimble: { provider: "nimble", origin: "https://elsewhere.example" } };
  },
  "another environment": (plan) => {
    plan.environment = "prod";
  },
  "a made-up precondition": (_, action) => {
    action("nimble/amazon").precondition = "sha256:00";
  },
  "limits of its own": (plan, action) => {
    const amazon = action("nimble/amazon");
    plan.flags = { ...plan.flags, prune: true, maxDeletes: 1000 };
    Object.assign(amazon, {
      action: "delete",
      changes: [],
      requests: [{ method: "DELETE", path: `/v1/jobs/${amazon.id}` }],
    });
    delete amazon.desired;
  },
};

describe.each(Object.entries(EDITS))("a saved plan with %s is refused", (_name, edit) => {
  test("A72 edited by hand", async () => {
    expect(await expectRefused(JSON.stringify(edited(edit), null, 2))).toBe("JW3103");
  });

  test("A72 with digest and checksum made to fit", async () => {
    expect(await expectRefused(forged(edited(edit)))).toMatch(/^JW310[1-4]$/);
  });
});

test("without its checksum it is refused", async () => {
  expect(await expectRefused(JSON.stringify(edited((plan) => Reflect.deleteProperty(plan, "checksum"))))).toBe(
    "JW3103",
  );
});

test("a file that is no plan: exit 1, it cannot be read", async () => {
  for (const text of ["", "{", "[]", "{}", "null", '"a"', savedPlan.slice(0, 500), "[".repeat(100_000)]) {
    shared.write("plan.json", text);
    const run = await shared.run("apply", "plan.json", "-y", "--json");
    expect([text.slice(0, 20), run.code]).toEqual([text.slice(0, 20), 1]);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW5101", message: expect.stringContaining("plan.json") } });
  }
  const gone = await shared.run("apply", "no-such-plan.json", "-y", "--json");
  expect(onlyJson(gone)).toMatchObject({ error: { code: "JW5101" } });
  expect(shared.sandbox.log.entries).toEqual([]);
});

test("flags that the plan was not made with are a wrong command line", async () => {
  shared.write("plan.json", savedPlan);
  for (const flags of [
    ["--prune"],
    ["--only", "nimble/*"],
    ["--max-deletes", "9"],
    ["--allow-replace"],
    ["--resume"],
  ]) {
    const run = await shared.run("apply", "plan.json", "-y", "--json", ...flags);
    expect([flags, run.code]).toEqual([flags, 1]);
    expect(onlyJson(run)).toMatchObject({
      error: { code: "JW5001", message: expect.stringContaining(flags[0] ?? "") },
    });
  }
  expect(shared.sandbox.log.entries).toEqual([]);
});
