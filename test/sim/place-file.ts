import { JobwrightError } from "../../src/errors.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { createMemoryDisk, type MemoryDisk } from "../state/support/memory-disk.ts";
import { hostOf, Process } from "./process.ts";
import type { Kept, Place, World } from "./world.ts";

/** Where the file store lives, and everything besides it on the machine's disk. */
export const FOLDER = "/project/.jobwright";
const STATE = `${FOLDER}/state.json`;

/** A place with a disk. */
export interface FilePlace extends Place {
  readonly kind: "file";
  /** As it is now; another one after a loss of power, and nobody who used the old one lives then. */
  disk(): MemoryDisk;
}

/** The state in files on the machine's disk. */
export function filePlace(world: World): FilePlace {
  let disk = createMemoryDisk(["/project"]);
  const texts = new Map<string, string>();
  return {
    kind: "file",
    disk: () => disk,
    keep: () => ({ kind: "file", disk: disk.afterCrash("kill") }),
    keepDurable: () => ({ kind: "file", disk: disk.afterCrash("power") }),
    read: (kept) => readFrom(world, kept?.disk ?? disk),
    putBack: (kept: Kept) => {
      disk = kept.disk?.afterCrash("kill") ?? disk;
    },
    spoil: (c) => {
      if (!disk.has(STATE)) return undefined;
      const whole = disk.text(STATE);
      const spoilt = whole.slice(0, c.int(0, whole.length - 3));
      disk.put(STATE, spoilt);
      return {
        isUntouched: () => disk.has(STATE) && disk.text(STATE) === spoilt,
        mend: () => disk.put(STATE, whole),
      };
    },
    losePower: (survival) => {
      disk = disk.afterCrash(survival);
    },
    newTexts: () => {
      const now = Object.entries(disk.dump()).filter(([path, text]) => texts.get(path) !== text);
      for (const [path, text] of now) texts.set(path, text);
      return now;
    },
    serial: () => {
      if (!disk.has(STATE)) return undefined;
      const serial = /"serial": (\d+)/.exec(disk.text(STATE))?.[1];
      return serial !== undefined && disk.text(STATE).endsWith("}\n") ? Number(serial) : Number.NaN;
    },
  };
}

async function readFrom(world: World, disk: MemoryDisk): ReturnType<Place["read"]> {
  const process = new Process(world.kernel, 0);
  const store = createFileStore({
    directory: FOLDER,
    environment: "",
    disk,
    host: hostOf(world.processes, 0),
    clock: process.clock(() => world.skew),
    random: () => 0,
  });
  return store.read().catch(failureOf);
}

/** A failure of the product as a value; whatever else goes wrong is thrown. */
export function failureOf(error: unknown): JobwrightError {
  if (error instanceof JobwrightError) return error;
  throw error;
}
