import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type ApplyOptions, apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import { ApiError, RefusedError } from "../../src/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Clock } from "../../src/model/runtime.ts";
import type { FaultRule } from "../../src/sandbox/faults.ts";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { quickClock } from "../support/engine.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";
import { startBench } from "./bench.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms({ behaviours: { listOrder: "oldest" } });
});
afterEach(() => platforms.close());

const OPTIONS: ApplyOptions = { autoApprove: true, prune: true, json: true };

interface Told {
  readonly exitCode: number;
  readonly actions: readonly { readonly address: string; readonly action: string; readonly result?: JsonObject }[];
  readonly warnings: readonly { readonly message: string; readonly address?: string }[];
}

/** With a state of files a clock that does not wait would wear its lock out. */
let clock: Clock | undefined;
afterEach(() => {
  clock = undefined;
});

async function told(command: "plan" | "apply"): Promise<Told> {
  const real = platforms.shell();
  const shell = { ...real, runtime: { ...real.runtime, clock: clock ?? real.runtime.clock } };
  const { exitCode, stdout } = command === "plan" ? await plan(shell, { json: true }) : await apply(shell, OPTIONS);
  return { exitCode, ...(JSON.parse(stdout) as Omit<Told, "exitCode">) };
}

async function failure(command: "plan" | "apply"): Promise<unknown> {
  return told(command).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** More jobs than a page of a list holds, which nobody here declares: job_1, job_2, ... */
function crowd(count: number): void {
  platforms.nimble(...Array.from({ length: count }, (_, i) => ({ name: `crowd-${i}` })));
}

const writes = (): readonly string[] => platforms.sandbox.log.writes().map(({ method, path }) => `${method} ${path}`);

/** The list without some jobs, total and all, as a replica that lags shows it. */
function lacking(...names: readonly string[]): FaultRule {
  const rewrite = (text: string): string => {
    const body = JSON.parse(text) as { items: JsonObject[]; total: number };
    const items = body.items.filter((job) => !names.includes(String(job["name"])));
    return JSON.stringify({ ...body, items, total: body.total - (body.items.length - items.length) });
  };
  return { method: "GET", path: /^\/v1\/jobs\?/, fault: { rewrite } };
}

describe("a list of several pages", () => {
  beforeEach(() => {
    platforms.write("jobwright.yaml", "state: { store: none }\n");
    clock = quickClock();
  });

  it.each(["plan", "apply"] as const)("R29 of which one cannot be read is no list: %s", async (command) => {
    crowd(250);
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    const fault = { status: 500, body: { code: "internal", message: "no" } };
    platforms.sandbox.faults.add({ method: "GET", path: /[?&]page=2/, fault });
    const error = await failure(command);
    expect(error).toBeInstanceOf(ApiError);
    expect(String(error)).toMatch(/^ApiError: page 2 of the job list: .*\(GET \/v1\/jobs, 500, try 5 of 5\)$/);
    expect(writes()).toEqual([]);
  });

  it("R30 of which a job goes between two pages is read again", async () => {
    crowd(250);
    platforms.write("jobs/a.yaml", nimbleManifest("crowd-200"));
    const goes = (): void => void platforms.sandbox.data.nimble.delete("job_5");
    platforms.sandbox.faults.add({ method: "GET", path: /[?&]page=2/, times: 1, before: goes });
    const { actions } = await told("plan");
    expect(actions).toMatchObject([{ address: "nimble/crowd-200", action: "update" }]);
    expect(platforms.sandbox.log.reads().filter(({ path }) => path.includes("page=1")).length).toBe(2);
  });

  it("R31 of which one goes and another comes adds up; a last look before the create finds what it hid", async () => {
    crowd(250);
    platforms.write("jobs/a.yaml", nimbleManifest("crowd-200"));
    const swap = (): void => {
      platforms.sandbox.data.nimble.delete("job_5");
      platforms.sandbox.data.nimble.put({ name: "one-more", agent_name: "x" });
    };
    platforms.sandbox.faults.add({ method: "GET", path: /[?&]page=2/, times: 1, before: swap });
    const { exitCode, actions } = await told("apply");
    expect(exitCode).toBe(1);
    expect(actions).toMatchObject([
      {
        address: "nimble/crowd-200",
        action: "create",
        result: { status: "stale", class: "not-sent", reason: "stale" },
      },
    ]);
    expect(JSON.stringify(actions[0]?.result)).toContain("job_201");
    expect(writes()).toEqual([]);
    expect((await told("plan")).actions).toMatchObject([{ action: "update", id: "job_201" }]);
  });

  it("R31 and for many creates the last look is one list", async () => {
    for (const n of [1, 2, 3, 4]) platforms.write(`jobs/n${n}.yaml`, nimbleManifest(`n${n}`));
    platforms.nimble({ name: "n3" });
    platforms.sandbox.faults.add({ ...lacking("n3"), times: 1 });
    const { actions } = await told("apply");
    expect(actions.map(({ address, result }) => [address, result?.["status"]])).toEqual([
      ["nimble/n1", "applied"],
      ["nimble/n2", "applied"],
      ["nimble/n3", "stale"],
      ["nimble/n4", "applied"],
    ]);
    expect(platforms.sandbox.data.nimble.named("n3")).toHaveLength(1);
  });
});

describe("a list that lacks what we own", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c"]) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
    expect((await told("apply")).exitCode).toBe(0);
    platforms.sandbox.log.clear();
  });

  it("R32 is put right by reading the job, and says so; nothing is made", async () => {
    platforms.sandbox.faults.add(lacking("b"));
    const planned = await told("plan");
    expect(planned.actions).toEqual([]);
    expect(planned.warnings).toMatchObject([
      { address: "nimble/b", message: expect.stringContaining("the list lacked this job") },
    ]);
    expect((await told("apply")).actions).toEqual([]);
    expect(writes()).toEqual([]);
  });

  it("R23 R32 and where that read is forbidden, nothing is decided", async () => {
    platforms.sandbox.faults.add(lacking("b"));
    const fault = { status: 403, body: { code: "forbidden", message: "no" } };
    platforms.sandbox.faults.add({ method: "GET", path: "/v1/jobs/job_", fault });
    for (const command of ["plan", "apply"] as const) {
      expect(await failure(command)).toMatchObject({ reason: "forbidden" });
    }
    expect(writes()).toEqual([]);
  });

  it("R33 all of it is refused: another account? with the count and the account's place", async () => {
    for (const id of ["job_1", "job_2", "job_3"]) platforms.sandbox.data.nimble.delete(id);
    const error = await failure("apply");
    expect(error).toBeInstanceOf(RefusedError);
    expect(JSON.stringify((error as RefusedError).refusals)).toMatch(/3.*Another account.*--accept-missing/);
    expect(writes()).toEqual([]);
  });
});

describe("a name", () => {
  it("R34 that two live jobs have is an error that names both and says how to bind one", async () => {
    platforms.nimble({ name: "a" }, { name: "a" });
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    for (const command of ["plan", "apply"] as const) {
      const error = await failure(command);
      const said = JSON.stringify(error);
      expect(said).toContain("job_1 and job_2");
      expect(said).toContain("jobwright.dev/id");
    }
    expect(writes()).toEqual([]);
  });

  it("R34 that is made twice by somebody at the same time is told at the end of the run", async () => {
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    const twin = (): void => void platforms.sandbox.data.nimble.put({ name: "a", agent_name: "amazon_pdp" });
    platforms.sandbox.faults.add({ method: "POST", afterwards: twin });
    const { exitCode, actions } = await told("apply");
    expect(exitCode).toBe(1);
    expect(actions[0]?.result).toMatchObject({
      status: "failed",
      class: "done",
      reason: "duplicate-name",
      id: "job_1",
    });
    expect(JSON.stringify(actions[0]?.result)).toMatch(/2 live jobs named a now: job_1 \(made \S+\) and job_2 \(made/);
    expect(platforms.sandbox.data.nimble.count()).toBe(2);
  });
});

describe("a job that was made and does not show yet", () => {
  const gone = { status: 404, body: { error: "not_found", message: "no such job" } };

  it("R35 on Blaxel: is waited for, not posted again and again", async () => {
    const bench = await startBench("create Blaxel");
    onTestFinished(() => bench.engine.close());
    const { result, sent, live } = await bench.run(bench.onWrite("cutAfter", { times: 1 }), {
      method: "GET",
      path: "/v0/jobs/job-a",
      times: 12,
      fault: gone,
    });
    expect({ status: result.status, sent, live }).toEqual({ status: "applied", sent: 2, live: 1 });
  });

  it("R35 on Blaxel: for good is told as what it is; the intent stays open", async () => {
    const bench = await startBench("create Blaxel");
    onTestFinished(() => bench.engine.close());
    const { result, sent, said } = await bench.run(bench.onWrite({ status: 200, body: {}, commit: true }), {
      method: "GET",
      path: "/v0/jobs/job-a",
      fault: gone,
    });
    expect(result).toMatchObject({ status: "unknown", class: "unknown", reason: "bad-answer" });
    expect(sent).toBe(1);
    expect(said).toContain("does not show it within 30 s");
    expect(bench.engine.session.state.open).toHaveLength(1);
    expect(await bench.engine.settle()).toEqual(["blaxel/job-a: an earlier create did happen (job-a); it is ours"]);
  });

  it("R35 on Nimble: is known by its id, and looked at by that", async () => {
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    platforms.write("jobs/b.yaml", blaxelManifest("b"));
    platforms.sandbox.faults.add({ ...lacking("a") });
    const { exitCode } = await told("apply");
    expect(exitCode).toBe(0);
    expect(writes().filter((line) => line.startsWith("POST /v1"))).toHaveLength(1);
    // The list still lacks it: the next run reads it by its id.
    expect((await told("plan")).actions).toEqual([]);
  });
});
