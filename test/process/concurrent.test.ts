import { describe, expect, it, onTestFinished } from "vitest";
import type { State } from "../../src/model/state.ts";
import { type CliRun, type RunningCli, startJobwright } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { checkoutOf } from "./checkout.ts";
import { converge } from "./converge.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];
const MANIFESTS = Object.fromEntries(NAMES.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
const APPLY = ["apply", "-y"] as const;
const WAITING = [...APPLY, "--lock-timeout", "2m"] as const;

async function project(files: Readonly<Record<string, string>> = MANIFESTS): Promise<CliProject> {
  const made = await cliProject(files);
  onTestFinished(() => made.close());
  return made;
}

const stateIn = (place: CliProject): State => JSON.parse(place.read(".jobwright/state.json")) as State;

/** Throws unless each job was made exactly once and is owned as made. */
function madeOnce(place: CliProject, { jobs, open }: State): void {
  const { data, log } = place.sandbox;
  expect(
    data.nimble
      .all()
      .map((job) => job.name)
      .sort(),
  ).toEqual(NAMES);
  expect(log.writes().filter(({ method }) => method === "POST")).toHaveLength(NAMES.length);
  expect(Object.values(jobs).map(({ adopted }) => adopted)).toEqual(NAMES.map(() => false));
  expect(open).toEqual([]);
}

const codes = (runs: readonly CliRun[]): readonly (number | null)[] => runs.map(({ code }) => code).sort();

describe("several appliers at once", () => {
  it("on files: one waits, plans again and finds nothing to do; one that may not wait is refused", async () => {
    const place = await project();
    let waits: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      // The first create is not answered before the second run waits.
      const before = (): Promise<void> => {
        resolve();
        return waiting;
      };
      place.sandbox.faults.add({ method: "POST", times: 1, before });
    });
    const first = place.start(...WAITING);
    await begun;
    const [second, refused] = [place.start(...WAITING), place.start(...APPLY)];
    expect(await refused.ended).toMatchObject({ code: 3, stderr: expect.stringContaining("JW4010") });
    await second.saw(/waiting up to 120 s for the lock/);
    waits();
    const runs = await Promise.all([first.ended, second.ended]);
    expect(codes(runs)).toEqual([0, 0]);
    expect(runs[1].stdout).toContain("Nothing was applied");
    madeOnce(place, stateIn(place));
  });

  it("on a ref in git, from two clones: the same", { timeout: 90_000 }, async () => {
    const place = await project({ ...MANIFESTS, "jobwright.yaml": "state: { store: git }\n" });
    const { clone, state } = checkoutOf(place);
    const runs = await Promise.all(
      ["one", "two"].map((name) => startJobwright(WAITING, { cwd: clone(name), env: place.env }).ended),
    );
    expect(codes(runs), runs.map((run) => run.stderr).join("\n")).toEqual([0, 0]);
    madeOnce(place, state());
  });

  it("A85 with two saved plans of one state: the one that comes later is stale and sends nothing", async () => {
    const place = await project();
    await place.done(...APPLY);
    place.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await place.done("plan", "--out", "older.json");
    place.write("jobs/a.yaml", nimbleManifest("a", "0 8 * * *"));
    await place.done("plan", "--out", "newer.json");
    place.sandbox.log.clear();
    const apply = (plan: string) => place.start("apply", plan, "-y", "--lock-timeout", "2m").ended;
    const runs = await Promise.all([apply("newer.json"), apply("older.json")]);
    expect(codes(runs)).toEqual([0, 3]);
    expect(place.sandbox.log.writes()).toHaveLength(1);
    const cron = runs[0]?.code === 0 ? "0 8 * * *" : "0 7 * * *";
    expect(place.sandbox.data.nimble.named("a")).toMatchObject([{ schedule: { cron } }]);
  });

  it("twenty of them on a dead holder's lock: one after the other, each job made once", {
    timeout: 120_000,
  }, async () => {
    const place = await project();
    const dead = place.start(...APPLY);
    const end = place.sandbox.data.onMutation(() => dead.child.kill("SIGKILL"));
    await dead.ended;
    end();
    expect(dead.child.signalCode).toBe("SIGKILL");
    const env = { ...place.env, JOBWRIGHT_CREATE_SETTLE: "500ms" };
    const waiters = Array.from({ length: 20 }, () => startJobwright(WAITING, { cwd: place.path, env }));
    const runs = await Promise.all(waiters.map(({ ended }) => ended));
    expect(codes(runs)).toEqual(runs.map(() => 0));
    madeOnce(place, stateIn(place));
  });
});

describe("a holder that was paused (SIGSTOP) and comes back", () => {
  it("R42 R49 finds its lock gone, sends and saves nothing more", async () => {
    const place = await project();
    let paused: RunningCli | undefined;
    const stopped = new Promise<void>((resolve) => {
      place.sandbox.data.onMutation(({ seq }) => {
        if (seq !== 1) return;
        paused?.child.kill("SIGSTOP");
        resolve();
      });
    });
    // One request at a time: when it is stopped, five creates are still to come.
    place.write("jobwright.yaml", "http: { concurrency: 1 }\n");
    paused = place.start(...APPLY, "--json");
    await stopped;
    const refused = await place.run("state", "unlock");
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("runs") });
    await place.done("state", "unlock", "--force");
    const env = { ...place.env, JOBWRIGHT_CREATE_SETTLE: "500ms" };
    const next = await startJobwright(APPLY, { cwd: place.path, env }).ended;
    expect(next.code, next.stderr).toBe(0);
    const [requests, saved] = [place.sandbox.log.writes().length, place.read(".jobwright/state.json")];
    paused.child.kill("SIGCONT");
    const { code, stderr } = await paused.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("JW4011");
    expect(place.sandbox.log.writes()).toHaveLength(requests);
    expect(place.read(".jobwright/state.json")).toBe(saved);
    madeOnce(place, stateIn(place));
    expect((await place.run("plan", "--detailed-exitcode")).code).toBe(0);
  });
});

describe("somebody who edits jobs meanwhile", () => {
  it("keeps what nobody declares, and is never overwritten unseen", { timeout: 60_000 }, async () => {
    const place = await project();
    await place.done(...APPLY);
    for (const name of NAMES) place.write(`jobs/${name}.yaml`, nimbleManifest(name, "0 7 * * *"));
    place.write("jobwright.yaml", "safety: { maxUpdatesPercent: 100 }\n");
    const { data } = place.sandbox;
    let edits = 0;
    // At each change that an apply makes, the next job is edited: the description, and for every second the schedule.
    data.onMutation(({ by, id }) => {
      const number = Number(id.slice("job_".length));
      const next = data.nimble.get(`job_${(number % NAMES.length) + 1}`);
      if (by !== "api" || next === undefined) return;
      edits += 1;
      const schedule = number % 2 === 0 ? { schedule: { cron: `${edits} 1 * * *`, enabled: true } } : {};
      data.nimble.edit(next.id, { description: `edit ${edits}`, ...schedule });
    });
    const runs = await Promise.all([place.start(...WAITING).ended, place.start(...WAITING).ended]);
    for (const { code, stderr } of runs) expect([0, 1], stderr).toContain(code);
    const described = data.nimble.all().map((job) => job["description"]);
    await converge(place.path, place.env);
    expect(described.filter((text) => typeof text === "string").length).toBeGreaterThan(0);
    for (const job of data.nimble.all()) expect(job).toMatchObject({ schedule: { cron: "0 7 * * *" } });
    expect(data.nimble.all().filter((job) => job["description"] !== null).length).toBeGreaterThanOrEqual(
      described.filter((text) => text !== null).length,
    );
  });
});
