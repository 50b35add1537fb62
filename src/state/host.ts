import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** What this machine and its processes tell; by it a lock's dead holder is known. */
export interface Host {
  readonly name: string;
  readonly pid: number;
  /**
   * The same for two processes only if they can see each other's process ids: the boot's id and the pid namespace.
   * Undefined where the system does not tell; then nobody is called dead at once.
   */
  boot(): Promise<string | undefined>;
  /** Whether there is such a process (in this pid namespace). */
  alive(pid: number): Promise<boolean>;
  /** When a process started, in a form that only equality means something for; undefined where nobody tells. */
  startedAt(pid: number): Promise<string | undefined>;
}

/** This machine. */
export const nodeHost: Host = {
  name: hostname(),
  pid: process.pid,
  boot: async () => {
    try {
      const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
      // Containers share the boot id but not the process ids.
      return `${boot}/${await readlink("/proc/self/ns/pid")}`;
    } catch {
      return undefined;
    }
  },
  alive: async (pid) => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      // EPERM: somebody else's process.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
    const state = (await processFields(pid))?.[0];
    return state !== "Z" && state !== "X";
  },
  startedAt: async (pid) => (await processFields(pid))?.[19],
};

/** The fields of /proc/PID/stat after the command's name, which may hold anything. */
async function processFields(pid: number): Promise<readonly string[] | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .trim()
      .split(" ");
  } catch {
    return undefined;
  }
}
