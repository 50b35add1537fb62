import type { Git, GitResult } from "../../src/state/git-command.ts";
import { failed, REMOTE_COMMANDS } from "./git-model.ts";
import type { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import type { Chance } from "./random.ts";

/** What can become of a command that speaks with the remote, or that writes into the clone. */
const GIT_FAULTS = {
  unreachable: ["ls-remote", "fetch", "push"],
  "cut off": ["ls-remote", "fetch"],
  "answer lost": ["push"],
  "late push": ["push"],
  refused: ["push"],
  "too slow": ["ls-remote", "fetch", "push"],
  "no space": ["hash-object", "mktree", "commit-tree"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Every combination of a command and what can become of it: `git push: answer lost`. */
export const GIT_CELLS: readonly string[] = Object.entries(GIT_FAULTS).flatMap(([fault, commands]) =>
  commands.map((command) => `git ${command}: ${fault}`),
);

/** How hard it is for git in one run. */
export interface GitWeather {
  /** Of any fault, by command that can meet one. */
  readonly rate: number;
  /** Only this one (a cell), where given. */
  readonly only?: string;
}

/** Git as a process sees it: each command is an act, takes its time, and may fail. What failed is noted. */
export function processGit(
  git: Git,
  of: {
    readonly process: Process;
    readonly kernel: Kernel;
    readonly chance: Chance;
    readonly weather: GitWeather;
    /** Told when the remote has taken, or refused, a push. */
    readonly pushed: () => void;
  },
): Git {
  const { process, kernel, chance, weather, pushed } = of;
  return (args, input) => {
    const command = args[0] ?? "";
    const run = async (): Promise<GitResult> => {
      const answer = await git(args, input);
      if (command === "push") pushed();
      return answer;
    };
    const fault = chance.is(weather.rate) ? drawn(command, chance, weather) : undefined;
    const isRemote = REMOTE_COMMANDS.has(command);
    const work = async (): Promise<GitResult> => {
      if (isRemote) await kernel.pause(chance.int(40, 400));
      if (fault === undefined) {
        const answer = await run();
        if (isRemote) await kernel.pause(chance.int(20, 100));
        return answer;
      }
      process.faults.push(`git ${command}: ${fault}`);
      return broken(fault, run, kernel, chance);
    };
    // A push that had left when its process died arrives all the same.
    return process.act(`git ${command}`, work, command === "push" ? run : undefined);
  };
}

function drawn(command: string, chance: Chance, { only }: GitWeather): string | undefined {
  const names = Object.entries(GIT_FAULTS).filter(
    ([name, commands]) =>
      (commands as readonly string[]).includes(command) && (only === undefined || only === `git ${command}: ${name}`),
  );
  return chance.any(names)?.[0];
}

async function broken(fault: string, run: () => Promise<GitResult>, kernel: Kernel, c: Chance): Promise<GitResult> {
  switch (fault) {
    case "answer lost":
      await run();
      return failed(128, "fatal: the remote end hung up unexpectedly");
    case "late push":
      kernel.at(c.pick([300, 3_000, 20_000]), () => {
        run().catch(() => undefined);
      });
      return failed(128, "fatal: the remote end hung up unexpectedly");
    case "refused": {
      const stdout = Buffer.from("To memory\n!\tx:y\t[remote rejected] (protected by a rule)\nDone\n");
      return { ...failed(1, "error: failed to push some refs"), stdout };
    }
    case "too slow":
      await kernel.pause(c.pick([5_000, 45_000, 120_000]));
      return c.is(0.5) ? await run() : failed(-1, "");
    case "no space":
      return failed(128, "fatal: unable to write loose object file: No space left on device");
    case "cut off":
      return failed(128, "fatal: early EOF");
    default:
      return failed(128, "fatal: unable to access 'https://git.test/': Could not resolve host");
  }
}
