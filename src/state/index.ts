import { join } from "node:path";
import type { Config } from "../model/config.ts";
import type { Runtime } from "../model/runtime.ts";
import { type Disk, nodeDisk } from "./disk.ts";
import { createFileStore } from "./file-store.ts";
import type { Git } from "./git-command.ts";
import { createGitStore } from "./git-store.ts";
import { type Host, nodeHost } from "./host.ts";
import type { LockControl, LockTiming } from "./lock-record.ts";
import { createNoneStore } from "./none-store.ts";
import type { StateStore } from "./store.ts";

/** What a caller may replace of the world around a store. */
export interface StoreWorld {
  readonly disk?: Disk;
  readonly host?: Host;
  readonly git?: Git;
  readonly timing?: Partial<LockTiming>;
  /** Absolute; for the file store, instead of `<root>/.jobwright`. */
  readonly directory?: string;
}

/** The store that the config names. Touches nothing before its first call. */
export function openStateStore(
  config: Pick<Config, "root" | "environment" | "state">,
  runtime: Pick<Runtime, "env" | "clock" | "random" | "log" | "signal">,
  world: StoreWorld = {},
): StateStore & LockControl {
  const { root, environment } = config;
  const { clock, random, signal, log, env } = runtime;
  const host = world.host ?? nodeHost;
  const timing = world.timing === undefined ? {} : { timing: world.timing };
  switch (config.state.store) {
    case "none":
      return createNoneStore({ environment, clock, random });
    case "file": {
      const directory = world.directory ?? join(root, ".jobwright");
      const disk = world.disk ?? nodeDisk;
      return createFileStore({ directory, root, environment, disk, host, clock, random, log, signal, ...timing });
    }
    case "git": {
      const { ref, remote } = config.state;
      const git = world.git === undefined ? {} : { git: world.git };
      return createGitStore({
        root,
        ref,
        remote,
        environment,
        env,
        host,
        clock,
        random,
        log,
        signal,
        ...timing,
        ...git,
      });
    }
  }
}
