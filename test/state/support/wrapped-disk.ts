import type { Disk, DiskFile } from "../../../src/state/disk.ts";

/** What is told of a call before it is made. */
export interface Call {
  readonly name: string;
  readonly path: string;
  /** From 1, over the disk and its files. */
  readonly number: number;
}

/** Decides what becomes of a call: makes it (or not), and answers or throws. `half`, for writes, makes half of it. */
export type Around = <T>(call: Call, make: () => Promise<T>, half?: () => Promise<void>) => Promise<T>;

type Through = <T>(name: string, path: string, make: () => Promise<T>, half?: () => Promise<void>) => Promise<T>;

/** A disk whose every call, those of open files included, goes through `around`. */
export function wrapDisk(disk: Disk, around: Around): Disk {
  let number = 0;
  const through: Through = (name, path, make, half) => {
    number += 1;
    return around({ name, path, number }, make, half);
  };
  const wrapFile = (file: DiskFile, path: string): DiskFile => ({
    write: (data) => {
      const half = data.subarray(0, Math.floor(data.length / 2));
      return through(
        "write",
        path,
        () => file.write(data),
        () => file.write(half),
      );
    },
    datasync: () => through("datasync", path, () => file.datasync()),
    sync: () => through("sync", path, () => file.sync()),
    close: () => through("close", path, () => file.close()),
  });
  return {
    readFile: (path) => through("readFile", path, () => disk.readFile(path)),
    create: (path, mode) => through("create", path, async () => wrapFile(await disk.create(path, mode), path)),
    rename: (from, to) => through("rename", to, () => disk.rename(from, to)),
    link: (existing, path) => through("link", path, () => disk.link(existing, path)),
    unlink: (path) => through("unlink", path, () => disk.unlink(path)),
    mkdir: (path) => through("mkdir", path, () => disk.mkdir(path)),
    readdir: (path) => through("readdir", path, () => disk.readdir(path)),
    lstat: (path) => through("lstat", path, () => disk.lstat(path)),
    realpath: (path) => through("realpath", path, () => disk.realpath(path)),
    syncDirectory: (path) => through("syncDirectory", path, () => disk.syncDirectory(path)),
  };
}

/** The process dies at call `at`, before or after the call has its effect; every later call finds it dead. */
export function crashAt(at: number, when: "before" | "after"): Around {
  return async (call, make) => {
    if (call.number > at || (call.number === at && when === "before")) throw new Error("crash");
    const answer = await make();
    if (call.number === at) throw new Error("crash");
    return answer;
  };
}
