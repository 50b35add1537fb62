import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, readFile, realpath, rename, unlink } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** A file that is being written from its start. Each call settles when the system call did; none may overlap. */
export interface DiskFile {
  /** Appends all bytes, or throws; after a throw any part of them may stand in the file. */
  write(data: Uint8Array): Promise<void>;
  /** Makes the bytes durable (fdatasync). */
  datasync(): Promise<void>;
  /** Makes bytes and metadata durable (fsync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What stands at a path; links are not followed. */
export interface DiskStat {
  readonly kind: "file" | "directory" | "link" | "other";
  /** Bytes. */
  readonly size: number;
}

/**
 * The file calls that the file store, its journal and its lock are made of, and no others: a simulation can stop or
 * fail any of them. Errors carry Node's `code` (`ENOENT`, `EEXIST`, ...).
 */
export interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  /** Makes a file that must not be there yet and opens it for writing. */
  create(path: string, mode: number): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; fails with `EEXIST` where there is one of that name. */
  link(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes one directory; its parent must be there. */
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<readonly string[]>;
  lstat(path: string): Promise<DiskStat>;
  /** The path with all links followed. */
  realpath(path: string): Promise<string>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** What Windows answers as long as somebody, a virus scanner or another run, has the file open. */
const OPEN_ELSEWHERE: ReadonlySet<unknown> = new Set(["EPERM", "EACCES", "EBUSY"]);

/** Doubled from 5 ms on until it is longer than this: 2.5 s in all. */
const LONGEST_PAUSE_MS = 1500;

/** A system that renames, and whether it is one that replaces no file which anybody has open. */
export interface Renaming {
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly stubborn: boolean;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const HERE: Renaming = { rename, stubborn: process.platform === "win32", sleep: setTimeout };

/** Gives a file another one's name, which it replaces. On Windows it waits for those who have that one open. */
export async function renameOver(from: string, to: string, system: Renaming = HERE): Promise<void> {
  for (let pause = 5; ; pause *= 2) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (!system.stubborn || !OPEN_ELSEWHERE.has(code) || pause > LONGEST_PAUSE_MS) throw error;
      await system.sleep(pause);
    }
  }
}

/** The real file system. */
export const nodeDisk: Disk = {
  readFile: (path) => readFile(path),
  create: async (path, mode) => {
    const handle = await open(path, "ax", mode);
    return {
      write: (data) => handle.appendFile(data),
      datasync: () => handle.datasync(),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename: (from, to) => renameOver(from, to),
  link,
  unlink,
  mkdir: async (path) => {
    await mkdir(path);
  },
  readdir: (path) => readdir(path),
  lstat: async (path) => {
    const stat = await lstat(path);
    const kind = stat.isFile() ? "file" : stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "other";
    return { kind, size: stat.size };
  },
  realpath: (path) => realpath(path),
  syncDirectory: async (path) => {
    // Windows opens no directories; its file systems keep the names themselves.
    if (process.platform === "win32") return;
    const handle = await open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } catch (error) {
      // Some network and user-space file systems know no such call.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EINVAL" && code !== "ENOTSUP") throw error;
    } finally {
      await handle.close();
    }
  },
};
