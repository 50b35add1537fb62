import type { Command } from "commander";

/** What help tells of a command besides its flags. */
export interface CommandHelp {
  /** Command lines, each with what it is for. The first is the one that most people want. */
  readonly examples: readonly (readonly [line: string, about: string])[];
  /** What the exit codes mean where there are more than 0 for done and 1 for an error. */
  readonly exits?: readonly (readonly [code: string, about: string])[];
}

const REFUSED = ["3", "refused by a safety rule or as stale; nothing was sent"] as const;
const STOPPED = ["130", "stopped; what was under way is finished and recorded"] as const;

/** By the words of the command, "" for the program itself. */
export const HELP: Readonly<Record<string, CommandHelp>> = {
  "": {
    examples: [
      ["jobwright init", "start a project in this folder"],
      ["jobwright --sandbox plan", "try it: no account, no key, no network"],
      ["jobwright plan", "what would change; changes nothing"],
      ["jobwright apply", "plan, ask, and do it"],
      ["jobwright drift", "what was changed by hand"],
      ["jobwright COMMAND --help", "more about a command"],
    ],
    exits: [
      ["0", "done, or nothing to do"],
      ["1", "an error; with apply: at least one action failed"],
      ["2", "there are changes (plan --detailed-exitcode, diff-plans) or drift"],
      REFUSED,
      STOPPED,
    ],
  },
  init: { examples: [["jobwright init", "overwrites nothing; safe to run again"]] },
  validate: {
    examples: [
      ["jobwright validate", "every problem of every file"],
      ["jobwright validate jobs/pricing", "only these; files and globs will do, too"],
      ["jobwright --env prod validate", "with the variables and patches of prod"],
      ["jobwright validate --format sarif", "for code scanning"],
    ],
    exits: [
      ["0", "valid, perhaps with warnings"],
      ["1", "at least one error"],
    ],
  },
  plan: {
    examples: [
      ["jobwright plan", "all jobs"],
      ["jobwright plan --prune", "also deletes jobs without manifest"],
      ["jobwright plan --only 'nimble/amazon-*'", "only these jobs"],
      ["jobwright plan --changed-since origin/main", "only manifests changed since"],
      ["jobwright plan --out plan.json", "save it, to be applied as it is"],
    ],
    exits: [
      ["0", "planned"],
      ["1", "an error"],
      ["2", "with --detailed-exitcode: there are changes"],
      ["3", "apply would be refused; the reasons stand in the plan"],
    ],
  },
  apply: {
    examples: [
      ["jobwright apply", "plan, ask, and do it"],
      ["jobwright apply plan.json", "a saved plan: as saved, or not at all"],
      ["jobwright apply --auto-approve", "in scripts and CI, where nobody answers"],
      ["jobwright apply --only-cause drift", "undo changes by hand, and nothing else"],
      ["jobwright apply --shard 2/4 -y", "one of four machines' parts of the jobs"],
    ],
    exits: [
      ["0", "all is applied and recorded, or nothing was to do"],
      ["1", "an action failed, or its outcome is not known: run again"],
      REFUSED,
      STOPPED,
    ],
  },
  drift: {
    examples: [
      ["jobwright drift", "what was changed by hand"],
      ["jobwright drift --json", "for programs"],
      ["jobwright import --drifted", "take those changes into the manifests"],
      ["jobwright apply --only-cause drift", "or undo them"],
    ],
    exits: [
      ["0", "no drift; what only waits in Git is none"],
      ["1", "an error: nobody knows whether there is drift"],
      ["2", "drift"],
      ["3", "what was read cannot be the jobs of this state"],
    ],
  },
  status: {
    examples: [
      ["jobwright status", "every job, and when it runs next"],
      ["jobwright status --fields blaxel/nightly", "each field, and whose it is"],
      ["jobwright status --html status.html", "with a map of all schedules"],
    ],
  },
  import: {
    examples: [
      ["jobwright import", "all live jobs that no manifest declares"],
      ["jobwright import --name 'nightly-*'", "only jobs of such names"],
      ["jobwright import --drifted", "changes by hand, into the manifests"],
    ],
    exits: [["0", "imported, or nothing to import"], ["1", "an error, or no job could be imported"], REFUSED],
  },
  hold: {
    examples: [
      ["jobwright hold nimble/amazon --until 2026-12-01 --reason outage", "to the end of that day, UTC"],
      ["jobwright release nimble/amazon", "end it earlier"],
    ],
  },
  release: { examples: [["jobwright release nimble/amazon", "it is planned again from now on"]] },
  "diff-plans": {
    examples: [["jobwright diff-plans reviewed.json now.json", "what differs"]],
    exits: [
      ["0", "both decide the same"],
      ["1", "an error"],
      ["2", "they differ"],
      ["3", "one was edited, or is of a newer jobwright"],
    ],
  },
  state: {
    examples: [
      ["jobwright state list", "the jobs that this repository owns"],
      ["jobwright state rm nimble/amazon", "forget one; it stays live"],
      ["jobwright state unlock", "end the lock of a run that died"],
    ],
  },
  "state list": { examples: [["jobwright state list", "addresses and live ids"]] },
  "state show": { examples: [["jobwright state show nimble/amazon", "as JSON; secrets as fingerprints"]] },
  "state pull": { examples: [["jobwright state pull > state.json", "a copy to look at, or to keep"]] },
  "state rm": { examples: [["jobwright state rm nimble/amazon", "forget it; nothing is sent"]] },
  "state mv": { examples: [["jobwright state mv nimble/old nimble/new", "nothing is renamed live"]] },
  "state unlock": {
    examples: [
      ["jobwright state unlock", "refuses while the holder lives"],
      ["jobwright state unlock --force", "also then: it stops at its next step"],
    ],
  },
  sandbox: {
    examples: [
      ["jobwright sandbox --seed demo", "both APIs, with some jobs to look at"],
      ["jobwright sandbox --port 0 --json", "any port; tells it as JSON"],
    ],
  },
  schema: {
    examples: [
      ["jobwright schema", "the names of all"],
      ["jobwright schema manifest", "for editors"],
      ["jobwright schema plan", "of what plan --json answers"],
    ],
  },
  completion: {
    examples: [
      ["source <(jobwright completion bash)", "for this session of bash"],
      ["source <(jobwright completion zsh)", "for this session of zsh"],
      ["jobwright completion fish | source", "for this session of fish"],
    ],
  },
};

/** What arguments are, by their name. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  paths: "files, folders or globs of manifests; default: all",
  "plan-or-paths": "a saved plan, or what narrows the manifests",
  address: "a job, as target/name",
  first: "a saved plan",
  second: "another one",
  from: "the job, as target/name",
  to: "its address from now on",
  schema: "one of the names that it lists",
  shell: "which shell",
};

const WIDTH = 80;

/** Gives every command its examples, before all else, its exit codes, and words for its arguments. */
export function addHelp(program: Command): void {
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    const help = HELP[wordsOf(command)];
    command.addHelpText("before", () => sectionText("Examples:", help?.examples ?? [], true));
    command.addHelpText("after", () => sectionText("Exit codes:", help?.exits ?? [], false));
    for (const argument of command.registeredArguments) argument.description = ARGUMENTS[argument.name()] ?? "";
  }
}

/** `state rm`; "" for the program. */
export function wordsOf(command: Command): string {
  return command.parent === null ? "" : `${wordsOf(command.parent)} ${command.name()}`.trim();
}

/** Two columns; what is too long for the first has the second below it. */
function sectionText(title: string, rows: readonly (readonly [string, string])[], before: boolean): string {
  if (rows.length === 0) return "";
  const fits = rows.filter(([line, about]) => line.length + about.length + 4 <= WIDTH);
  const column = Math.max(0, ...fits.map(([line]) => line.length));
  const lines = rows.map(([line, about]) => {
    const own = column + about.length + 4 > WIDTH || line.length > column;
    return own ? `  ${line}\n      ${about}` : `  ${line.padEnd(column)}  ${about}`;
  });
  const text = [title, ...lines].join("\n");
  return before ? `${text}\n` : `\n${text}`;
}
