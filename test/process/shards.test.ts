import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Mutation } from "../../src/sandbox/store.ts";
import { type CliRun, startJobwright } from "../support/cli.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { type Checkout, checkoutOf } from "./checkout.ts";
import { converge } from "./converge.ts";

const PARTS = 3;
const APPLY = ["apply", "-y", "--prune", "--allow-replace"] as const;
const CONFIG = "state: { store: git }\ncreateSettle: 500ms\nsafety: { maxDeletes: 9, maxUpdatesPercent: 100 }\n";

/** Jobs to make, to change, to replace, to delete and to leave alone on both platforms, in Git with a state in a ref. */
async function changedEstate(): Promise<CliProject & Checkout> {
  const project = await cliProject({ "jobwright.yaml": CONFIG });
  onTestFinished(() => project.close());
  const name = (kind: string, i: number): string => `${kind}-${i}`;
  const all = (make: (i: number) => void): void => {
    for (let i = 0; i < 3; i++) make(i);
  };
  all((i) => {
    for (const kind of ["keep", "change", "drop", "replace"])
      project.write(`jobs/${name(kind, i)}.yaml`, nimbleManifest(name(kind, i)));
    project.write(`jobs/${name("put", i)}.yaml`, blaxelManifest(name("put", i)));
  });
  const place = checkoutOf(project);
  await project.done("apply", "-y");
  all((i) => {
    project.remove(`jobs/${name("drop", i)}.yaml`);
    project.write(`jobs/${name("change", i)}.yaml`, nimbleManifest(name("change", i), "0 7 * * *"));
    project.write(`jobs/${name("replace", i)}.yaml`, nimbleManifest(name("replace", i)).replace("_pdp", "_serp"));
    project.write(`jobs/${name("put", i)}.yaml`, blaxelManifest(name("put", i), 4096));
    project.write(`jobs/${name("make", i)}.yaml`, nimbleManifest(name("make", i)));
    project.write(`jobs/${name("new", i)}.yaml`, blaxelManifest(name("new", i)));
  });
  return { ...project, ...place };
}

/** Each part in a folder of its own, all at the same time, as a Kubernetes Indexed Job starts them. */
function startParts(place: CliProject) {
  // What one of them pushes must not come between the copies.
  const folders = Array.from({ length: PARTS }, () => {
    const folder = mkdtempSync(join(tmpdir(), "jobwright-part-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(place.path, folder, { recursive: true });
    return folder;
  });
  return folders.map((folder, index) => {
    const env = { ...place.env, JOB_COMPLETION_INDEX: String(index) };
    return startJobwright([...APPLY, "--shard", String(PARTS)], { cwd: folder, env });
  });
}

/** What the runs did, by name, and what the state holds of it; ids and times are the platform's. */
function outcome(place: CliProject & Checkout, mutations: readonly Mutation[]) {
  const { jobs, open } = place.state();
  const { data } = place.sandbox;
  return {
    done: mutations
      .filter(({ by }) => by === "api")
      .map(
        ({ kind, platform, id, before, after }) => `${kind} ${platform}/${String((after ?? before)?.["name"] ?? id)}`,
      )
      .sort(),
    live: data.nimble
      .all()
      .map(({ name, agent_name, schedule }) => ({ name, agent_name, schedule }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    owned: Object.entries(jobs)
      .map(([address, { declared, adopted, doomed }]) => ({ address, declared, adopted, doomed }))
      .sort((a, b) => (a.address < b.address ? -1 : 1)),
    known: Object.values(jobs).filter(
      ({ id }) => data.nimble.get(id) !== undefined || data.blaxel.get(id) !== undefined,
    ).length,
    open,
  };
}

function recorded({ sandbox }: CliProject): Mutation[] {
  const mutations: Mutation[] = [];
  sandbox.data.onMutation((mutation) => mutations.push(mutation));
  return mutations;
}

const exitCodes = (runs: readonly CliRun[]) => runs.map(({ code }) => code);

describe("an estate that is applied in parts", () => {
  it("all at the same time, with one state in git: together they do what one run does", async () => {
    const [one, parts] = [await changedEstate(), await changedEstate()];
    const [byOne, byParts] = [recorded(one), recorded(parts)];
    await one.done(...APPLY);
    const runs = await Promise.all(startParts(parts).map(({ ended }) => ended));
    expect([exitCodes(runs), runs.map(({ stderr }) => stderr).join("\n")]).toEqual([[0, 0, 0], expect.any(String)]);
    expect(outcome(parts, byParts)).toEqual(outcome(one, byOne));
    expect(outcome(parts, byParts).known).toBe(18);
    // Each of them had something to do.
    for (const { stdout } of runs) expect(stdout).toMatch(/Applied: \d/);
    expect(parts.lock()).toContain('"released"');
    expect((await parts.run("plan", "--detailed-exitcode", "--prune")).code).toBe(0);
  });

  it("one of them killed half-way: the others are not disturbed, and the next runs pick up its part", async () => {
    const place = await changedEstate();
    const mutations = recorded(place);
    const runs = startParts(place);
    const doomed = runs[1];
    place.sandbox.data.onMutation(() => doomed?.child.kill("SIGKILL"));
    const ended = await Promise.all(runs.map((run) => run.ended));
    expect(exitCodes(ended)).toEqual([0, null, 0]);
    expect(await converge(place.path, place.env)).toBe(1);
    const { owned, live, open, done } = outcome(place, mutations);
    expect(open).toEqual([]);
    expect(owned.map(({ address, adopted }) => [address, adopted]).filter(([, adopted]) => adopted)).toEqual([]);
    expect(live.map(({ name }) => name)).toEqual([...new Set(live.map(({ name }) => name))]);
    expect(done.filter((line) => /^create/.test(line))).toHaveLength(9);
    expect(owned).toHaveLength(18);
  });
});
