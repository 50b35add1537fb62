import { basename, dirname, join } from "node:path";
import type { Disk, DiskFile } from "./disk.ts";
import { errnoOf, randomHex, UnusableFile } from "./failure.ts";

/**
 * Where a path leads: links followed, so that writing replaces the target and not the link. Undefined where there is
 * nothing. A link that leads nowhere is no "nothing": it throws {@link UnusableFile}.
 */
async function followPath(disk: Disk, path: string): Promise<string | undefined> {
  try {
    return await disk.realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  for (const part of [path, dirname(path)]) {
    if (await leadsNowhere(disk, part)) throw new UnusableFile("is a link that leads nowhere");
  }
  return undefined;
}

async function leadsNowhere(disk: Disk, path: string): Promise<boolean> {
  try {
    if ((await disk.lstat(path)).kind !== "link") return false;
    await disk.realpath(path);
    return false;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return await isLink(disk, path);
  }
}

async function isLink(disk: Disk, path: string): Promise<boolean> {
  try {
    return (await disk.lstat(path)).kind === "link";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** A regular file's bytes, or undefined where there is none. Whatever else stands there throws. */
export async function readRegular(disk: Disk, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const resolved = await followPath(disk, path);
  if (resolved === undefined) return undefined;
  const stat = await disk.lstat(resolved);
  if (stat.kind === "directory") throw new UnusableFile("is a directory");
  if (stat.kind !== "file") throw new UnusableFile("is not a regular file");
  if (stat.size > maxBytes) {
    throw new UnusableFile(`has ${stat.size} bytes, more than the ${maxBytes} that are read`);
  }
  return disk.readFile(resolved);
}

/** How to replace a file. */
export interface ReplaceOptions {
  readonly random: () => number;
  /** Called when the bytes are durable, right before they take the file's name; a throw leaves all as it was. */
  readonly beforeRename?: () => Promise<void>;
}

/**
 * Replaces a file as a whole, durably: temporary file beside it (mode 0600), fsync, rename, fsync of the directory.
 * At every moment the name leads to the old bytes or to the new ones. Answers the new file, open for appending.
 */
export async function replaceFileOpen(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions,
): Promise<DiskFile> {
  const target = (await followPath(disk, path)) ?? path;
  const temporary = join(dirname(target), temporaryName(basename(target), options.random));
  const file = await disk.create(temporary, 0o600);
  try {
    await file.write(bytes);
    await file.sync();
    await options.beforeRename?.();
    await disk.rename(temporary, target);
    await disk.syncDirectory(dirname(target));
    return file;
  } catch (error) {
    await quietly(() => file.close());
    await quietly(() => disk.unlink(temporary));
    throw error;
  }
}

/** {@link replaceFileOpen}, closed. */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array, options: ReplaceOptions): Promise<void> {
  const file = await replaceFileOpen(disk, path, bytes, options);
  await file.close();
}

/** Removes the temporary files that a killed process left beside `path`. */
export async function sweepTemporaries(disk: Disk, path: string): Promise<void> {
  const target = (await followPath(disk, path)) ?? path;
  const names = await disk.readdir(dirname(target));
  for (const name of names) {
    if (isTemporaryOf(name, basename(target))) await quietly(() => disk.unlink(join(dirname(target), name)));
  }
}

function temporaryName(name: string, random: () => number): string {
  return `.${name}.${randomHex(random, 6)}.tmp`;
}

function isTemporaryOf(name: string, of: string): boolean {
  return name.startsWith(`.${of}.`) && /^\.[0-9a-f]{12}\.tmp$/.test(name.slice(of.length + 1));
}

/** Runs something whose failure changes nothing: cleaning up. */
export async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // What is left over is swept at the next open.
  }
}
