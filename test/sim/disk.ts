import type { Disk } from "../../src/state/disk.ts";
import { diskError } from "../state/support/memory-disk.ts";
import { wrapDisk } from "../state/support/wrapped-disk.ts";
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
  return wrapDisk(disk, ({ name, path }, make, half) => {
    const kind = `${name} ${roleOf(path)}`;
    const work = async () => {
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
    };
    return process.act(kind, work, half);
  });
}
