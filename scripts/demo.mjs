// The tour of the README, for real: a sandbox with live jobs in it, and the commands on two of the examples. Every
// command is printed as it is run, with what it really answers. Needs nothing but Node.js; leaves nothing behind.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "build", "cli.js");
const work = await mkdtemp(join(tmpdir(), "jobwright-demo-"));
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const base = { PATH: process.env.PATH, HOME: work, ...(colour ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }) };

const say = (text) => process.stdout.write(`\n${styleText("cyan", text, { stream: process.stdout })}\n`);
const prompt = (text) => process.stdout.write(`\n${styleText("bold", `$ ${text}`, { stream: process.stdout })}\n`);

/** Starts the sandbox and answers its process and URL. */
async function startSandbox() {
  const args = ["sandbox", "--port", "0", "--seed", "demo"];
  prompt(`jobwright ${args.join(" ")} &`);
  const child = spawn(process.execPath, [cli, ...args], { cwd: work, env: base, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes("Ctrl-C")) break;
  }
  process.stdout.write(text);
  return { child, url: /NIMBLE_BASE_URL=(\S+)/.exec(text)[1] };
}

/** Runs one jobwright command; its exit code must be one of those expected. */
async function jobwright(project, args, expected = [0]) {
  prompt(`jobwright ${args.map((a) => (/[\s*]/.test(a) ? `"${a}"` : a)).join(" ")}`);
  const env = { ...base, ...project.env, COLUMNS: String(process.stdout.columns ?? 100) };
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: project.folder,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((done) => child.on("close", done));
  if (!expected.includes(code)) throw new Error(`jobwright ${args.join(" ")} ended with ${code}`);
  if (code !== 0) process.stdout.write(`(exit code ${code})\n`);
}

/** What somebody does by hand, past Git: a request straight to the platform. */
async function byHand(method, url, headers, body) {
  prompt(`curl -X ${method} ${url} -d '${JSON.stringify(body)}'`);
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  process.stdout.write(`${answer.status} ${answer.statusText}\n`);
  if (!answer.ok) throw new Error(await answer.text());
}

async function edit(file, from, to) {
  const text = await readFile(file, "utf8");
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  prompt(
    `sed -i 's|${from}|${to}|' ${file
      .slice(work.length + 1)
      .split("/")
      .slice(1)
      .join("/")}`,
  );
  await writeFile(file, text.replace(from, to));
}

async function tour() {
  for (const name of ["scraping-team", "ml-team"]) {
    await cp(join(root, "examples", name), join(work, name), { recursive: true });
  }
  say("# A sandbox that speaks both platforms' APIs, with live jobs in it. No account, no key.");
  const sandbox = await startSandbox();
  const env = {
    NIMBLE_BASE_URL: sandbox.url,
    NIMBLE_API_KEY: "sandbox",
    BL_API_URL: `${sandbox.url}/v0`,
    BL_API_KEY: "sandbox",
    BL_WORKSPACE: "acme",
  };
  const scraping = { folder: join(work, "scraping-team"), env };
  const ml = { folder: join(work, "ml-team"), env: { ...env, OPENAI_API_KEY: "not-a-real-key" } };
  try {
    say("# examples/scraping-team: Nimble. First without the network, then against what is live.");
    await jobwright(scraping, ["validate"]);
    await jobwright(scraping, ["plan"]);
    await jobwright(scraping, ["apply", "--auto-approve"]);
    await jobwright(scraping, ["plan", "--detailed-exitcode"]);

    say("# A change in Git: one field differs, one PATCH with that field goes out.");
    await edit(join(scraping.folder, "jobs", "product-pages.yaml"), "10 5 * * *", "20 4 * * *");
    await jobwright(scraping, ["plan"]);
    await jobwright(scraping, ["apply", "--auto-approve"]);

    say("# Somebody changes a job by hand, and pauses another. Drift tells; the pause is respected.");
    const auth = { authorization: "Bearer sandbox" };
    await byHand("PATCH", `${sandbox.url}/v1/jobs/job_11`, auth, { description: "changed by hand" });
    await byHand("PATCH", `${sandbox.url}/v1/jobs/job_17`, auth, { schedule: { cron: "40 5 * * *", enabled: false } });
    await jobwright(scraping, ["drift"], [2]);
    await jobwright(scraping, ["apply", "--auto-approve"]);
    await jobwright(scraping, ["plan", "--detailed-exitcode"]);

    say("# examples/ml-team: Blaxel. A PUT replaces the whole job: watch what it carries along.");
    await jobwright(ml, ["plan"]);
    await jobwright(ml, ["apply", "--auto-approve"]);
    say("# `bl deploy` puts an image there, and Git asks for more memory: neither undoes the other's work.");
    await byHand(
      "POST",
      `${sandbox.url}/__sandbox/deploy`,
      {},
      { workspace: "acme-ml", name: "nightly-embeddings", image: "acme/embeddings:42" },
    );
    await edit(join(ml.folder, "jobwright.yaml"), "memory: 4096", "memory: 8192");
    await jobwright(ml, ["plan"]);
    await jobwright(ml, ["apply", "--auto-approve"]);
    await jobwright(ml, ["plan", "--detailed-exitcode"]);
    say(
      "# That was all. The same commands work on your own jobs: set the vendors' variables and leave the sandbox out.",
    );
  } finally {
    sandbox.child.kill("SIGTERM");
    await new Promise((done) => sandbox.child.on("close", done));
  }
}

try {
  await tour();
} finally {
  await rm(work, { recursive: true, force: true });
}
