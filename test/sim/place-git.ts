import { createGitStore } from "../../src/state/git-store.ts";
import { commitFiles, createRemote, fileIn, type GitObjects, type GitRemote, gitModel } from "./git-model.ts";
import { failureOf } from "./place-file.ts";
import { hostOf, Process } from "./process.ts";
import type { Place, World } from "./world.ts";

/** The ref that the state is in. */
export const REF = "refs/jobwright/state";

/** A place with a remote. */
export interface GitPlace extends Place {
  readonly kind: "git";
  readonly remote: GitRemote;
  /** The clone of a new process: one of its own, or the machine's. */
  clone(): GitObjects;
}

/** The state in a ref of a remote repository. */
export function gitPlace(world: World): GitPlace {
  const remote = createRemote();
  let shared: GitObjects = new Map();
  let looked = 0;
  const textAt = (file: string): string | undefined => fileIn(remote.objects, remote.refs.get(REF), file);
  const setTip = (tip: string | undefined): void => {
    if (tip === undefined) remote.refs.delete(REF);
    else remote.refs.set(REF, tip);
  };
  return {
    kind: "git",
    remote,
    clone: () => (world.options.freshClones ? new Map() : shared),
    keep: () => ({ kind: "git", tip: remote.refs.get(REF) }),
    keepDurable: () => ({ kind: "git", tip: remote.refs.get(REF) }),
    read: async (kept) => {
      const refs = kept?.tip === undefined ? new Map<string, string>() : new Map([[REF, kept.tip]]);
      const from = kept === undefined ? remote : { objects: remote.objects, refs };
      return storeOn(world, from).read().catch(failureOf);
    },
    putBack: ({ tip }) => setTip(tip),
    spoil: (c) => {
      const tip = remote.refs.get(REF);
      const text = textAt("state.json");
      if (text === undefined) return undefined;
      const files = { "state.json": text.slice(0, c.int(0, text.length - 3)), "lock.json": textAt("lock.json") ?? "" };
      const spoilt = commitFiles(remote.objects, files);
      setTip(spoilt);
      return { isUntouched: () => remote.refs.get(REF) === spoilt, mend: () => setTip(tip) };
    },
    losePower: () => {
      shared = new Map();
    },
    newTexts: () => {
      const fresh = [...remote.objects].slice(looked).filter(([, { type }]) => type !== "tree");
      looked = remote.objects.size;
      return fresh.map(([id, { data }]) => [`object ${id}`, data.toString()] as const);
    },
    serial: () => {
      const serial = /"serial": (\d+)/.exec(textAt("state.json") ?? "")?.[1];
      return serial === undefined ? undefined : Number(serial);
    },
  };
}

function storeOn(world: World, remote: GitRemote) {
  const process = new Process(world.kernel, 0);
  return createGitStore({
    root: "/project",
    ref: REF,
    remote: "origin",
    environment: "",
    env: {},
    host: hostOf(world.processes, 0),
    clock: process.clock(() => world.skew),
    random: () => 0,
    git: gitModel(remote, remote.objects),
  });
}
