import { basename, dirname } from "node:path";
import type { Disk, DiskFile } from "../../../src/state/disk.ts";

interface FileNode {
  readonly kind: "file";
  data: Uint8Array;
  /** The bytes that survive a loss of power. */
  durable: Uint8Array;
}

type Node = FileNode | { readonly kind: "directory" } | { readonly kind: "link"; readonly to: string };

/**
 * What is left after a crash. `kill`: everything the process wrote. `power`: only what was synced, names included.
 * `names`: the names as they are, of the bytes only the synced ones. `half`: of bytes not synced the first half.
 */
export type Survival = "kill" | "power" | "names" | "half";

/** A disk in memory that knows what was synced. */
export interface MemoryDisk extends Disk {
  /** The disk as the next process finds it. */
  afterCrash(survival: Survival): MemoryDisk;
  /** Puts a file there, durably. */
  put(path: string, content: string | Uint8Array): void;
  putLink(path: string, to: string): void;
  putDirectory(path: string): void;
  text(path: string): string;
  has(path: string): boolean;
  /** All paths with their content, for comparing. */
  dump(): Readonly<Record<string, string>>;
}

class DiskError extends Error {
  readonly code: string;
  constructor(code: string, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

/** An error as the system answers it. */
export function diskError(code: string): Error {
  return new DiskError(code, "injected");
}

/** A disk with the directory `/` and those named. */
export function createMemoryDisk(directories: readonly string[] = ["/project"]): MemoryDisk {
  const names = new Map<string, Node>([["/", { kind: "directory" }]]);
  for (const path of directories) names.set(path, { kind: "directory" });
  return over(names, new Map(names));
}

function over(names: Map<string, Node>, durable: Map<string, Node>): MemoryDisk {
  const resolve = (path: string, hops = 0): string => {
    if (hops > 8) throw new DiskError("ELOOP", path);
    if (path === "/") return path;
    const parent = resolve(dirname(path), hops);
    if (names.get(parent)?.kind === "file") throw new DiskError("ENOTDIR", path);
    const full = parent === "/" ? `/${basename(path)}` : `${parent}/${basename(path)}`;
    const node = names.get(full);
    return node?.kind === "link" ? resolve(node.to, hops + 1) : full;
  };
  const inParent = (path: string): string => {
    const parent = resolve(dirname(path));
    const node = names.get(parent);
    if (node === undefined) throw new DiskError("ENOENT", path);
    if (node.kind !== "directory") throw new DiskError("ENOTDIR", path);
    return parent === "/" ? `/${basename(path)}` : `${parent}/${basename(path)}`;
  };
  const found = (path: string): Node => {
    const node = names.get(path);
    if (node === undefined) throw new DiskError("ENOENT", path);
    return node;
  };
  const children = (map: Map<string, Node>, path: string): string[] =>
    [...map.keys()].filter((name) => name !== "/" && dirname(name) === path);

  return {
    readFile: async (path) => {
      const node = found(resolve(path));
      if (node.kind !== "file") throw new DiskError("EISDIR", path);
      return node.data.slice();
    },
    create: async (path) => {
      const full = inParent(path);
      if (names.has(full)) throw new DiskError("EEXIST", path);
      const node: FileNode = { kind: "file", data: new Uint8Array(), durable: new Uint8Array() };
      names.set(full, node);
      return openFile(node);
    },
    rename: async (from, to) => {
      const node = found(inParent(from));
      names.set(inParent(to), node);
      names.delete(inParent(from));
    },
    link: async (existing, path) => {
      const node = found(inParent(existing));
      const full = inParent(path);
      if (names.has(full)) throw new DiskError("EEXIST", path);
      names.set(full, node);
    },
    unlink: async (path) => {
      const full = inParent(path);
      if (found(full).kind === "directory") throw new DiskError("EISDIR", path);
      names.delete(full);
    },
    mkdir: async (path) => {
      const full = inParent(path);
      if (names.has(full)) throw new DiskError("EEXIST", path);
      names.set(full, { kind: "directory" });
    },
    readdir: async (path) => {
      const full = resolve(path);
      if (found(full).kind !== "directory") throw new DiskError("ENOTDIR", path);
      return children(names, full).map((name) => basename(name));
    },
    lstat: async (path) => {
      const node = found(inParent(path));
      return { kind: node.kind, size: node.kind === "file" ? node.data.length : 0 };
    },
    realpath: async (path) => {
      const full = resolve(path);
      found(full);
      return full;
    },
    syncDirectory: async (path) => {
      const full = resolve(path);
      for (const name of children(durable, full)) durable.delete(name);
      for (const name of children(names, full)) durable.set(name, found(name));
    },
    afterCrash: (survival) => {
      const left = new Map<string, Node>();
      // Parents stand before what is in them: a folder whose own name is not durable takes everything with it.
      for (const [name, node] of survival === "power" ? [...durable].sort(byDepth) : names)
        if (name === "/" || left.has(dirname(name))) left.set(name, survivor(node, survival));
      return over(left, new Map(left));
    },
    put: (path, content) => {
      const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const node: FileNode = { kind: "file", data, durable: data };
      names.set(inParent(path), node);
      durable.set(inParent(path), node);
    },
    putLink: (path, to) => {
      names.set(inParent(path), { kind: "link", to });
      durable.set(inParent(path), { kind: "link", to });
    },
    putDirectory: (path) => {
      names.set(inParent(path), { kind: "directory" });
      durable.set(inParent(path), { kind: "directory" });
    },
    text: (path) => {
      const node = found(resolve(path));
      return node.kind === "file" ? new TextDecoder().decode(node.data) : node.kind;
    },
    has: (path) => names.has(path),
    dump: () =>
      Object.fromEntries(
        [...names].map(([name, node]) => [
          name,
          node.kind === "file" ? new TextDecoder().decode(node.data) : node.kind,
        ]),
      ),
  };
}

function byDepth([a]: readonly [string, Node], [b]: readonly [string, Node]): number {
  const depth = (name: string): number => (name === "/" ? 0 : name.split("/").length);
  return depth(a) - depth(b);
}

function openFile(node: FileNode): DiskFile {
  const sync = async (): Promise<void> => {
    node.durable = node.data;
  };
  return {
    write: async (data) => {
      node.data = Buffer.concat([node.data, data]);
    },
    datasync: sync,
    sync,
    close: async () => {},
  };
}

function survivor(node: Node, survival: Survival): Node {
  if (node.kind !== "file") return node;
  const kept = { kill: node.data.length, power: node.durable.length, names: node.durable.length };
  const half = node.durable.length + Math.floor((node.data.length - node.durable.length) / 2);
  // Bytes are never changed in place: what is left may share them.
  const data = node.data.subarray(0, survival === "half" ? half : kept[survival]);
  return { kind: "file", data, durable: data };
}
