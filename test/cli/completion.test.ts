import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";

const found = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const about = (shell: string): string => (found(shell) ? shell : `${shell} (skipped: it is not installed)`);

const SECRET = '    envs: [{ name: API_KEY, value: "${env:K}", secret: true }]\n';

let project: CliProject;
beforeAll(async () => {
  project = await cliProject({ "jobs/target.yaml": nimbleManifest("target-pdp-daily") });
  // The state owns a job whose manifest is gone.
  await project.done("apply", "-y");
  project.remove("jobs/target.yaml");
  const files = {
    "jobs/vault.yaml": blaxelManifest("vault", 2048, SECRET),
    "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily"),
    "jobs/walmart.yaml": nimbleManifest("walmart-pdp-daily"),
    // A name that would run something if it were ever evaluated.
    "jobs/evil.yaml": nimbleManifest('"amazon-$(touch ran)`touch ran`"'),
    "jobwright.yaml": "environments: { prod: {}, staging: {} }\n",
  };
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  mkdirSync(join(project.path, "bin"));
  symlinkSync(`${ROOT}build/cli.js`, join(project.path, "bin/jobwright"));
  for (const shell of ["bash", "zsh", "fish"]) {
    writeFileSync(join(project.path, `completion.${shell}`), (await project.done("completion", shell)).stdout);
  }
});
afterAll(() => project.close());

/** Runs a shell's script in the project and answers its lines. Nothing may be said on stderr. */
function lines(shell: string, args: readonly string[], script: string): readonly string[] {
  const { path, env } = project;
  const PATH = `${join(path, "bin")}:${process.env["PATH"]}`;
  const run = spawnSync(shell, [...args, "-c", script], {
    cwd: path,
    encoding: "utf8",
    env: { ...env, PATH, HOME: path, LC_ALL: "C.UTF-8", FPATH: process.env["FPATH"] ?? "" },
  });
  expect(run.stderr).toBe("");
  return run.stdout.split("\n").filter((line) => line !== "");
}

/** What each shell offers at the last of these words, sorted; files are those below the project. */
const SHELLS: Readonly<Record<string, (...words: readonly string[]) => readonly string[]>> = {
  bash: (...words) => {
    // Readline splits words at = by itself.
    const split = words.flatMap((word) => (word.startsWith("--") ? word.split(/(=)/).filter((part) => part) : [word]));
    const quoted = ["jobwright", ...split].map((word) => `'${word}'`).join(" ");
    return lines(
      "bash",
      ["--norc"],
      `source completion.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${split.length}; _jobwright; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  },
  zsh: (...words) => {
    const quoted = ["jobwright", ...words].map((word) => `'${word}'`).join(" ");
    // The completion system needs a terminal: its two commands are stood in for.
    const stand = `compdef() {}; compset() { words[CURRENT]=\${words[CURRENT]#*=} }; compadd() { shift 4; print -rl -- "$@" }
      _files() { print -rl -- \${words[CURRENT]}*(N) }`;
    return lines(
      "zsh",
      ["-f"],
      `${stand}; source completion.zsh; words=(${quoted}); CURRENT=${words.length + 1}; _jobwright`,
    );
  },
  fish: (...words) => {
    const line = ["jobwright", ...words].join(" ");
    return lines("fish", ["-N"], `source completion.fish; complete -C '${line}'`).map((each) =>
      each.replace(/\t.*/, ""),
    );
  },
};

describe.each(Object.keys(SHELLS))("completion %s", (shell) => {
  const offered = (...words: readonly string[]) => [...(SHELLS[shell]?.(...words) ?? [])].sort();
  const skip = !found(shell);

  test.skipIf(skip)(`offers commands and flags (${about(shell)})`, () => {
    expect(offered("sta")).toEqual(["state", "status"]);
    expect(offered("plan", "--detailed")).toEqual(["--detailed-exitcode"]);
  });

  test.skipIf(skip)("offers addresses, targets and environments", () => {
    const all = ["nimble/amazon-pdp-daily", "nimble/target-pdp-daily", "nimble/walmart-pdp-daily"];
    expect(offered("hold", "nimble/")).toEqual(all);
    expect(offered("plan", "--only", "nimble/wal")).toEqual(["nimble/walmart-pdp-daily"]);
    expect(offered("plan", "--target", "")).toEqual(["blaxel", "nimble"]);
    expect(offered("--env", "pr")).toEqual(["prod"]);
  });

  test.skipIf(skip)("offers what the state owns, and secrets to rotate", () => {
    expect(offered("state", "rm", "nimble/tar")).toEqual(["nimble/target-pdp-daily"]);
    expect(offered("apply", "--rotate", "blaxel/")).toEqual(["blaxel/vault/API_KEY"]);
  });

  test.skipIf(skip)("offers what stands after =", () => {
    const value = shell === "bash" ? "prod" : "--env=prod";
    expect(offered("--env=pr")).toEqual([value]);
  });

  test.skipIf(skip)("leaves files to the shell", () => {
    expect(offered("plan", "jobwright.y")).toEqual(["jobwright.yaml"]);
  });

  test.skipIf(skip)("runs nothing and says nothing, whatever jobs are called", () => {
    offered("hold", "nimble/amazon-");
    expect(Object.keys(project.files())).not.toContain("ran");
    expect(offered("hold", "nothing/")).toEqual([]);
  });
});

/** What is typed, and what the shell then shows, in sessions with a terminal of their own. */
const SESSIONS = `
zmodload zsh/zpty
zpty -e z 'env HISTFILE=/dev/null TERM=dumb zsh -f -i'
zpty -w z "PS1=; autoload -Uz compinit && compinit -D -u && source ./completion.zsh && echo REA''DY"
zpty -r z out '*READY*'
zpty -w -n z $'jobwright hold nimble/wal\\t'
zpty -r z out '*walmart-pdp-daily*' && print zsh inserts an address
zpty -w -n z $'\\025jobwright stat\\t\\t'
zpty -r z out '*every job stands*' && print zsh lists what commands do
zpty -d z
zpty -e b 'env HISTFILE=/dev/null TERM=vt100 bash --norc --noprofile -i'
zpty -w b "PS1=; source ./completion.bash; echo REA''DY"
zpty -r b out '*READY*'
zpty -w -n b $'jobwright hold nimble/wal\\t'
zpty -r b out '*walmart-pdp-daily*' && print bash inserts an address
zpty -w -n b $'\\025jobwright stat\\t\\t'
zpty -r b out '*state*status*' && print bash lists commands
zpty -w -n b $'\\025jobwright plan --target=ni\\t'
zpty -r b out '*--target=nimble*' && print bash inserts behind =
zpty -d b
`;

const hasTerminals = spawnSync("zsh", ["-c", "zmodload zsh/zpty"]).status === 0;

test.skipIf(!hasTerminals)(`the tab key works in zsh and bash (${hasTerminals ? "zpty" : "skipped: no zsh"})`, () => {
  const { path, env } = project;
  const PATH = `${join(path, "bin")}:${process.env["PATH"]}`;
  const run = spawnSync("zsh", ["-f", "-c", SESSIONS], {
    cwd: path,
    encoding: "utf8",
    env: { ...env, PATH, HOME: path },
  });
  expect(run.stdout.trim().split("\n")).toEqual([
    "zsh inserts an address",
    "zsh lists what commands do",
    "bash inserts an address",
    "bash lists commands",
    "bash inserts behind =",
  ]);
});
