// The GitHub Action's step (action.yml): runs build/cli.js as the INPUT_* variables say, and writes the outputs.
import { spawn } from "node:child_process";
import { appendFileSync, createWriteStream, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { keepComment } from "./action-comment.mjs";

const CLI = fileURLToPath(new URL("../build/cli.js", import.meta.url));

/** What each command is given, and which of the narrowing inputs it knows. */
const COMMANDS = {
  validate: { flags: () => ["--format", "github"], inputs: [] },
  plan: {
    flags: (files) => ["--detailed-exitcode", "--out", files.plan, "--markdown", files.markdown],
    inputs: ["targets", "only", "prune", "allow-replace"],
  },
  apply: {
    flags: () => ["--auto-approve", "--json"],
    inputs: ["targets", "only", "prune", "allow-replace"],
    stdout: "plan",
  },
  drift: {
    flags: (files) => ["--json", "--markdown", files.markdown],
    inputs: ["targets", "only"],
    stdout: "plan",
  },
};

/** Summaries over 1 MiB are refused by GitHub. */
const SUMMARY_LIMIT = 1024 * 1024;

/** The command line for these inputs. Throws an Error whose message names the input that is wrong. */
export function commandLine(inputs, files) {
  const command = Object.hasOwn(COMMANDS, inputs.command) ? COMMANDS[inputs.command] : undefined;
  if (!command) {
    throw new Error(`The input "command" is "${inputs.command}"; it can be ${Object.keys(COMMANDS).join(", ")}.`);
  }
  const narrowing = [
    ...lines(inputs.targets).map((target) => ["targets", `--target=${target}`]),
    ...lines(inputs.only).map((glob) => ["only", `--only=${glob}`]),
    ...(flag(inputs, "prune") ? [["prune", "--prune"]] : []),
    ...(flag(inputs, "allow-replace") ? [["allow-replace", "--allow-replace"]] : []),
  ];
  const misplaced = narrowing.find(([name]) => !command.inputs.includes(name));
  if (misplaced) throw new Error(`The input "${misplaced[0]}" has no meaning for the command ${inputs.command}.`);
  return [
    ...(inputs.config ? [`--config=${inputs.config}`] : []),
    ...(inputs.environment ? [`--env=${inputs.environment}`] : []),
    ...(flag(inputs, "sandbox") ? ["--sandbox"] : []),
    inputs.command,
    ...command.flags(files),
    ...narrowing.map(([, word]) => word),
    "--",
    ...lines(inputs.paths),
  ];
}

/** The inputs by the names that action.yml gives them. */
function readInputs(env) {
  const names = ["command", "paths", "config", "environment", "targets", "only", "prune", "allow-replace"];
  const all = [...names, "working-directory", "comment", "github-token", "sandbox"];
  return Object.fromEntries(
    all.map((name) => [name, env[`INPUT_${name.toUpperCase().replaceAll("-", "_")}`]?.trim() ?? ""]),
  );
}

function lines(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function flag(inputs, name) {
  if (["", "false"].includes(inputs[name])) return false;
  if (inputs[name] === "true") return true;
  throw new Error(`The input "${name}" is "${inputs[name]}"; it can be true or false.`);
}

/** Runs the command line; stdout goes to `file` where there is one. Answers the exit code. */
async function run(args, cwd, file) {
  // The inputs stay here: jobwright needs no GitHub token.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("INPUT_")));
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env,
    stdio: ["ignore", file ? "pipe" : "inherit", "inherit"],
  });
  const written = file ? finished(child.stdout.pipe(createWriteStream(file))) : undefined;
  // The runner signals all of us; jobwright finishes what is under way, and this process waits for it.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  const code = await new Promise((ended, failed) => {
    child.on("error", failed);
    child.on("close", (status) => ended(status ?? 1));
  });
  await written;
  return code;
}

/** Digest and whether there is something to do, from the JSON that the command wrote; empty where it wrote none. */
export function outputsOf(command, code, text) {
  if (command === "validate") return {};
  let plan;
  try {
    plan = JSON.parse(text);
  } catch {
    return {};
  }
  if (!Array.isArray(plan.actions)) return {};
  const changes = command === "apply" ? plan.actions.length > 0 : code === 2;
  return { "has-changes": String(changes), digest: /^sha256:[0-9a-f]{64}$/.test(plan.digest) ? plan.digest : "" };
}

/** `create 1, update 2`: for the log, where the document itself went to a file. */
function countsLine(text) {
  const counts = Object.entries(JSON.parse(text).summary ?? {}).filter(([, count]) => count > 0);
  return counts.map(([name, count]) => `${name} ${count}`).join(", ");
}

function write(file, text) {
  if (file) appendFileSync(file, text);
}

async function main(env) {
  const inputs = readInputs(env);
  const folder = mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), "jobwright-"));
  const files = { plan: join(folder, "plan.json"), markdown: join(folder, "plan.md") };
  const comments = flag(inputs, "comment");
  const args = commandLine(inputs, files);
  const cwd = resolve(env.GITHUB_WORKSPACE ?? ".", inputs["working-directory"] || ".");
  const { stdout } = COMMANDS[inputs.command];
  const code = await run(args, cwd, stdout && files[stdout]);

  const plan = existsSync(files.plan) ? readFileSync(files.plan, "utf8") : "";
  const found = outputsOf(inputs.command, code, plan);
  const outputs = { ...found, ...(found.digest ? { "plan-file": files.plan } : {}), "exit-code": String(code) };
  for (const [name, value] of Object.entries(outputs)) write(env.GITHUB_OUTPUT, `${name}=${value}\n`);

  if (stdout && found.digest) console.log(countsLine(plan));

  const markdown = existsSync(files.markdown) ? readFileSync(files.markdown, "utf8") : "";
  if (Buffer.byteLength(markdown) < SUMMARY_LIMIT) write(env.GITHUB_STEP_SUMMARY, `${markdown}\n`);
  if (comments && inputs.command === "plan" && markdown !== "") {
    const key = [inputs["working-directory"], inputs.environment].join(" ");
    await keepComment({ env, token: inputs["github-token"], key, markdown });
  }
  return code === 2 ? 0 : code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.env);
  } catch (error) {
    console.error(error.message);
    write(process.env.GITHUB_OUTPUT, "exit-code=1\n");
    process.exitCode = 1;
  }
}
