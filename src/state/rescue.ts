import { join } from "node:path";
import type { State } from "../model/state.ts";
import type { Disk } from "./disk.ts";
import { randomHex } from "./failure.ts";
import type { Settlement, StateChange, StateSession } from "./store.ts";

/** What was done and could not be recorded, as one line says it. */
export interface RescueItem {
  /** Empty where the entry is about no job. */
  readonly address: string;
  /** The platform's id of the job that was made or changed. */
  readonly id?: string;
  readonly what: "done" | "deleted" | "not-done" | "unknown" | "bookkeeping";
}

/** A rescue: what to print, and the file to write. */
export interface Rescue {
  readonly items: readonly RescueItem[];
  /** For stderr; empty where all is recorded. */
  readonly lines: readonly string[];
  /** `jobwright-rescue-<run>.json`. */
  readonly fileName: string;
  readonly fileText: string;
}

/** What a session, asked after its `close`, could not make durable; undefined where there is nothing. */
export function rescueOf(session: StateSession): Rescue | undefined {
  const entries = session.unrecorded ?? [];
  if (entries.length === 0) return undefined;
  const run = session.run ?? "unknown";
  const items = entries.map((entry) => itemOf(entry, session.state));
  const { lineage, environment } = session.state;
  const document = { formatVersion: 1, run, lineage, environment, entries };
  return {
    items,
    lines: linesOf(run, items),
    fileName: `jobwright-rescue-${run}.json`,
    fileText: `${JSON.stringify(document, null, 2)}\n`,
  };
}

/** Writes the rescue's file into a directory; answers its path, or undefined where even that cannot be done. */
export async function writeRescue(
  rescue: Rescue,
  directory: string,
  world: { readonly disk: Disk; readonly random: () => number },
): Promise<string | undefined> {
  for (const name of [rescue.fileName, `${rescue.fileName}.${randomHex(world.random, 3)}`]) {
    const path = join(directory, name);
    try {
      const file = await world.disk.create(path, 0o600);
      try {
        await file.write(new TextEncoder().encode(rescue.fileText));
        await file.sync();
      } finally {
        await file.close();
      }
      return path;
    } catch {
      // A file of that name is there, or the disk is as full here: the lines on stderr have to do.
    }
  }
  return undefined;
}

function itemOf(entry: Settlement | StateChange, state: State): RescueItem {
  if ("seq" in entry) {
    if (entry.kind === "done") return itemOf(entry.change, state);
    return { address: state.open.find((intent) => intent.seq === entry.seq)?.address ?? "", what: entry.kind };
  }
  if (entry.kind === "put") return { address: entry.address, id: entry.job.id, what: "done" };
  if (entry.kind === "remove") return { address: entry.address, what: "deleted" };
  return { address: "", what: "bookkeeping" };
}

function linesOf(run: string, items: readonly RescueItem[]): readonly string[] {
  const told = items.filter((item) => item.address !== "");
  return [
    `--- done but not recorded (run ${run}) ---`,
    ...told.map((item) => `${item.address} ${item.id ?? "-"} ${item.what}`),
    "--- end ---",
    "Keep these lines: the next run looks these jobs up, and they tell whether it found the right ones.",
  ];
}
