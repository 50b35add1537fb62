import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { State } from "../../src/model/state.ts";
import type { Mutation, Snapshot } from "../../src/sandbox/store.ts";
import { type RunningCli, startJobwright } from "../support/cli.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { type Checkout, checkoutOf } from "./checkout.ts";
import { converge } from "./converge.ts";

/** An apply that does some of everything, and back to where it began as often as is wanted. */
export interface Estate {
  readonly project: CliProject;
  /** A folder that no `reset` touches. */
  readonly outside: string;
  /** The changes of live jobs since the last `reset`, but those that a platform makes by itself. */
  readonly mutations: readonly Mutation[];
  /** Called at each change of a live job, before its request is answered. */
  onMutation: (mutation: Mutation, count: number) => void;
  /** Files and live jobs as they were when the estate was made. */
  reset(): void;
  start(...more: readonly string[]): RunningCli;
  /** With further environment variables. */
  startWith(env: Readonly<Record<string, string>>, ...more: readonly string[]): RunningCli;
  /** Applies until there is nothing to do, and answers how many runs that took. */
  converge(more?: Readonly<Record<string, string>>): Promise<number>;
  /** Throws unless live jobs and state are just what was declared: nothing twice, nothing forgotten, nothing foreign touched. */
  check(): void;
  close(): Promise<void>;
}

const ARGS = ["apply", "-y", "--prune", "--allow-replace"];

/** What an unsettled create waits for; the sandbox, in this very process, commits at once unless a test says otherwise. */
export const SETTLE = { JOBWRIGHT_CREATE_SETTLE: "100ms" };

const ALIEN = { id: "job_900", name: "alien", agent_name: "theirs", description: "not ours" };

/**
 * Two creates, an update, a delete, a replace and an adoption on Nimble; a create, an update and a delete on Blaxel. With
 * its state in files, or in a ref of a repository: then whoever takes over does so from a fresh clone.
 */
export async function startEstate(store: "file" | "git" = "file"): Promise<Estate> {
  const project = await cliProject({
    "jobwright.yaml": `http: { concurrency: 1 }\n${store === "git" ? "state: { store: git }\n" : ""}`,
    "jobs/b.yaml": nimbleManifest("b"),
    "jobs/c.yaml": nimbleManifest("c"),
    "jobs/d.yaml": nimbleManifest("d"),
    "jobs/f.yaml": blaxelManifest("f"),
    "jobs/g.yaml": blaxelManifest("g"),
  });
  const { sandbox } = project;
  const checkout = store === "git" ? checkoutOf(project) : undefined;
  await project.done("apply", "-y");
  for (const job of sandbox.data.nimble.named("b")) sandbox.data.nimble.edit(job.id, { description: "kept" });
  sandbox.data.add({ nimble: [{ job: ALIEN }, { job: { name: "h", agent_name: "amazon_pdp" } }] });
  for (const file of ["c", "g"]) project.remove(`jobs/${file}.yaml`);
  for (const name of ["a", "a2", "h"]) project.write(`jobs/${name}.yaml`, nimbleManifest(name));
  project.write("jobs/b.yaml", nimbleManifest("b", "0 7 * * *"));
  project.write("jobs/d.yaml", nimbleManifest("d").replace("amazon_pdp", "amazon_serp"));
  project.write("jobs/e.yaml", blaxelManifest("e"));
  project.write("jobs/f.yaml", blaxelManifest("f", 4096));
  checkout?.push();
  return estateOf(project, checkout);
}

function estateOf(project: CliProject, checkout: Checkout | undefined): Estate {
  const { sandbox, path } = project;
  const saved = mkdtempSync(join(tmpdir(), "jobwright-saved-"));
  cpSync(path, saved, { recursive: true });
  const snapshot: Snapshot = sandbox.data.snapshot();
  let mutations: Mutation[] = [];
  const env = { ...project.env, ...SETTLE };
  const outside = mkdtempSync(join(tmpdir(), "jobwright-outside-"));
  const estate: Estate = {
    project,
    outside,
    get mutations() {
      return mutations;
    },
    onMutation: () => {},
    reset: () => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
      cpSync(saved, path, { recursive: true });
      sandbox.faults.clear();
      sandbox.faults.drop();
      sandbox.data.restore(snapshot);
      sandbox.log.clear();
      mutations = [];
      estate.onMutation = () => {};
    },
    start: (...args) => startJobwright([...ARGS, ...args], { cwd: path, env }),
    startWith: (further, ...args) => startJobwright([...ARGS, ...args], { cwd: path, env: { ...env, ...further } }),
    converge: (further = {}) => {
      estate.onMutation = () => {};
      return converge(checkout?.clone("next") ?? path, { ...env, ...further });
    },
    check: () => checkEstate(estate, checkout?.state() ?? (JSON.parse(project.read(".jobwright/state.json")) as State)),
    close: async () => {
      for (const folder of [saved, outside]) rmSync(folder, { recursive: true });
      await project.close();
    },
  };
  sandbox.data.onMutation((mutation) => {
    if (mutation.by !== "api") return;
    mutations.push(mutation);
    estate.onMutation(mutation, mutations.length);
  });
  return estate;
}

function checkEstate({ project, mutations }: Estate, state: State): void {
  const { data } = project.sandbox;
  expect(
    data.nimble
      .all()
      .map((job) => job.name)
      .sort(),
  ).toEqual(["a", "a2", "alien", "b", "d", "h"]);
  const blaxel = data.blaxel.all().filter((job) => job["status"] !== "DELETING");
  expect(blaxel.map((job) => (job["metadata"] as { name: string }).name).sort()).toEqual(["e", "f"]);
  expect(data.nimble.get("job_900")).toMatchObject(ALIEN);
  expect(data.nimble.named("b")).toMatchObject([{ description: "kept", schedule: { cron: "0 7 * * *" } }]);
  expect(data.nimble.named("d")).toMatchObject([{ agent_name: "amazon_serp", schedule: { enabled: true } }]);
  const made = mutations.filter((mutation) => mutation.kind === "create").map(({ id, after }) => after?.["name"] ?? id);
  expect(made.sort()).toEqual(["a", "a2", "d", "e"]);
  // A job that had to be adopted was forgotten before.
  const owned = Object.entries(state.jobs).map(([address, { id, adopted }]) => [address, id, adopted]);
  const nimble = ["a", "a2", "b", "d", "h"].map((name) => [
    `nimble/${name}`,
    data.nimble.named(name)[0]?.id,
    name === "h",
  ]);
  expect(owned.sort()).toEqual([["blaxel/e", "e", false], ["blaxel/f", "f", false], ...nimble]);
  expect(state.open).toEqual([]);
}
