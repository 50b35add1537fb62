import type { Shell } from "../../src/commands/shell.ts";
import type { Disk } from "../../src/state/disk.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import type { StateStore } from "../../src/state/store.ts";
import { processDisk } from "./disk.ts";
import type { RunPlan } from "./engine.ts";
import { gitModel } from "./git-model.ts";
import { processGit } from "./git-process.ts";
import { ORIGINS } from "./model.ts";
import { FOLDER, type FilePlace } from "./place-file.ts";
import { type GitPlace, REF } from "./place-git.ts";
import { hostOf } from "./process.ts";
import { chance } from "./random.ts";
import { createWire } from "./wire.ts";
import type { Meddler, Run, World } from "./world.ts";
import { createMemoryDisk } from "../state/support/memory-disk.ts";

/** The world as a process of the program sees it. */
export function shellOf(world: World, how: RunPlan, run: Run, meddle: Meddler): Shell {
  const { process } = run;
  const c = chance(how.seed ^ 0x5eed);
  const random = chance(how.seed ^ 0xace).next;
  const log = (text: string): void => {
    world.lines.push({ at: world.kernel.now, by: process.pid, text });
  };
  return {
    runtime: {
      env: environmentOf(how),
      // It must be there in earnest, too: import looks for a config from here upwards.
      cwd: "/",
      clock: process.clock(() => world.skew),
      random: world.planted?.random?.(random) ?? random,
      log: world.planted?.log?.(log) ?? log,
      signal: process.stop.signal,
    },
    version: "0.0.0",
    disk: diskOf(world, how, run),
    host: hostOf(world.processes, process.pid),
    transport: () => {
      const wire = createWire({
        kernel: world.kernel,
        model: world.model,
        process,
        chance: c,
        weather: how.weather,
        log: world.log,
        account: (origin) => (origin === ORIGINS.nimble ? run.accounts.nimble : run.accounts.blaxel),
        meddle: (what, chances) => meddle(world, what, chances),
      });
      return world.planted?.transport?.(wire, world, process) ?? wire;
    },
    guard: () => {},
    redactor: { text: (text) => text, json: (value) => value, object: (value) => value },
    style: PLAIN_STYLE,
    ask: undefined,
    trace: undefined,
  };
}

function environmentOf(how: RunPlan): Shell["runtime"]["env"] {
  const client = Buffer.from(`client:secret-${how.key}`).toString("base64");
  return {
    NIMBLE_BASE_URL: ORIGINS.nimble,
    NIMBLE_API_KEY: `key-${how.key}`,
    BL_API_URL: `${ORIGINS.blaxel}/v0`,
    ...(how.login === "client" ? { BL_CLIENT_CREDENTIALS: client } : { BL_API_KEY: `key-${how.key}` }),
    BL_WORKSPACE: how.strayed ? "elsewhere" : "acme",
    JOBWRIGHT_STATE_KEY: "the key of the simulation",
  };
}

function diskOf(world: World, how: RunPlan, run: Run): Disk {
  const { process } = run;
  const c = chance(how.seed ^ 0xd15c);
  // With the git store, a runner's own disk holds nothing of ours but what could not be recorded.
  const disk = world.place.kind === "file" ? (world.place as FilePlace).disk() : createMemoryDisk(["/project"]);
  const pause = async (): Promise<void> => {
    if (how.crowded) await world.kernel.pause(c.int(0, 2));
  };
  const mine = processDisk(disk, process, how.disk, pause, (kind) => {
    if (kind === "rename state.json") world.glance();
  });
  return world.planted?.disk?.(mine, process) ?? mine;
}

/** The store of a process: the product's own, with short times. */
export function storeOf(world: World, how: RunPlan, run: Run, { disk, host, runtime }: Shell): StateStore {
  const { leaseMs, compactAfterBytes } = world.options;
  const common = {
    environment: "",
    host,
    clock: runtime.clock,
    random: runtime.random,
    log: runtime.log,
    signal: runtime.signal,
  };
  if (world.place.kind === "git") {
    const { remote, clone } = world.place as GitPlace;
    const git = processGit(gitModel(remote, clone()), {
      process: run.process,
      kernel: world.kernel,
      chance: chance(how.seed ^ 0x917),
      weather: how.git,
      pushed: () => world.glance(),
    });
    return createGitStore({
      ...common,
      root: "/project",
      ref: REF,
      remote: "origin",
      env: {},
      timing: { leaseMs, heartbeatMs: leaseMs / 3, pollMs: Math.min(3_000, leaseMs / 10) },
      git: world.planted?.git?.(git, run.process) ?? git,
    });
  }
  return createFileStore({
    ...common,
    directory: FOLDER,
    root: "/project",
    disk,
    timing: { leaseMs, heartbeatMs: leaseMs / 3, pollMs: 250 },
    compactAfterBytes,
  });
}
