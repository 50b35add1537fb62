import type { Disk, DiskFile } from "../../src/state/disk.ts";
import { diskError } from "../state/support/memory-disk.ts";
import type { Process } from "./process.ts";

/** What goes wrong with a process's disk: its n-th call, and so many after it. */
export interface DiskFault {
  readonly at: number;
  /** Only calls whose kind fits this pattern, and counted among those. */
  readonly of?: string;
  readonly calls: number;
  /** `short`: half of a write gets through, then the disk is full; other calls are not touched. */
  readonly how: "EIO" | "ENOSPC" | "short";
}

/** Calls that put bytes or names on a disk: only those need space. */
const NEEDS_SPACE = /^(write|create|mkdir|link|rename) /;

const roles = new Map<string, string>();

/** What a path is to the store; its number, or its random name, does not matter. */
function roleOf(path: string): string {
  const known = roles.get(path);
  if (known !== undefined) return known;
  if (roles.size > 10_000) roles.clear();
  const role = newRole(path);
  roles.set(path, role);
  return role;
}

function newRole(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/\/lock$/.test(path)) return "lock folder";
  if (/\/lock\/\d+$/.test(path)) return "lock";
  if (/\/lock\//.test(path)) return "new lock";
  if (name === ".jobwright") return "folder";
  if (name === "project") return "project";
  if (name.startsWith("jobwright-rescue-")) return "rescue";
  const temporary = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
  return temporary === undefined ? name : `new ${temporary}`;
}

/** A disk as a process sees it: each call is an act of the process, takes `pause`, and may fail; `done` is told of each. */
export function processDisk(
  disk: Disk,
  process: Process,
  fault: DiskFault | undefined,
  pause: () => Promise<void>,
  done: (kind: string) => void,
): Disk {
  const pattern = new RegExp(fault?.of ?? "");
  let number = 0;
  const failure = (kind: string): Error | "short" | undefined => {
    if (fault === undefined || !pattern.test(kind)) return undefined;
    number += 1;
    if (number < fault.at || number >= fault.at + fault.calls) return undefined;
    if (fault.how === "short") return kind.startsWith("write ") ? "short" : undefined;
    return fault.how === "ENOSPC" && !NEEDS_SPACE.test(`${kind} `) ? undefined : diskError(fault.how);
  };
  const call = <T>(name: string, path: string, make: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    const kind = `${name} ${roleOf(path)}`;
    const begun = process.act(
      kind,
      async () => {
        const failed = failure(kind);
        if (failed === "short") await half?.();
        if (failed !== undefined) {
          process.faults.push(`${kind}: ${fault?.how ?? ""}`);
          throw failed === "short" ? diskError("ENOSPC") : failed;
        }
        const answer = await make();
        done(kind);
        await pause();
        return answer;
      },
      half,
    );
    return begun;
  };
  const open = (file: DiskFile, path: string): DiskFile => ({
    write: (data) =>
      call(
        "write",
        path,
        () => file.write(data),
        () => file.write(data.subarray(0, Math.floor(data.length / 2))),
      ),
    datasync: () => call("datasync", path, () => file.datasync()),
    sync: () => call("sync", path, () => file.sync()),
    close: () => call("close", path, () => file.close()),
  });
  return {
    readFile: (path) => call("readFile", path, () => disk.readFile(path)),
    create: (path, mode) => call("create", path, async () => open(await disk.create(path, mode), path)),
    rename: (from, to) => call("rename", to, () => disk.rename(from, to)),
    link: (existing, path) => call("link", path, () => disk.link(existing, path)),
    unlink: (path) => call("unlink", path, () => disk.unlink(path)),
    mkdir: (path) => call("mkdir", path, () => disk.mkdir(path)),
    readdir: (path) => call("readdir", path, () => disk.readdir(path)),
    lstat: (path) => call("lstat", path, () => disk.lstat(path)),
    realpath: (path) => call("realpath", path, () => disk.realpath(path)),
    syncDirectory: (path) => call("syncDirectory", path, () => disk.syncDirectory(path)),
  };
}
