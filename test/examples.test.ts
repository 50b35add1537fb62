import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CliRun, jobwright } from "./support/cli.ts";
import { ROOT } from "./support/source-files.ts";

/** What each example declares. Another name, another example: no job stands in two of them. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  library: ["blaxel/listings-dedup", "nimble/listings-hourly"],
  "ml-team": ["blaxel/embeddings-backfill", "blaxel/nightly-embeddings"],
  monorepo: [
    "blaxel-eu/payout-reconciliation",
    "blaxel/search-index-freshness",
    "blaxel/search-index-rebuild",
    "nimble/shelf-prices-eu",
    "nimble/shelf-prices-us",
  ],
  "scraping-team": [
    "nimble/amazon-pdp-daily",
    "nimble/competitor-prices",
    "nimble/google-serp-hourly",
    "nimble/walmart-pdp-daily",
  ],
  "staging-and-prod": ["blaxel/ledger-export", "nimble/store-listings"],
};

const EXAMPLES = readdirSync(`${ROOT}examples`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "workflows")
  .map((entry) => entry.name)
  .sort();

let scratch = "";
beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "examples-")));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("examples", () => {
  it("are all known to this test", () => {
    expect(EXAMPLES).toEqual(Object.keys(ADDRESSES).sort());
  });

  it("share no job", () => {
    const all = Object.values(ADDRESSES).flat();
    expect(all).toHaveLength(new Set(all).size);
  });
});

describe.each(EXAMPLES)("example %s", (example) => {
  const { exports, commands } = readmeCommands(example);

  it("does what its README says", async () => {
    const cwd = copyOf(example, "readme");
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const run = await jobwright(command, { cwd, env: exports });
      expectDone(run, command.join(" "));
      expectNoSecrets(run, exports);
    }
  });

  it.each(environmentsOf(example))("has an empty plan after apply (%s)", async (environment) => {
    const cwd = copyOf(example, environment || "default");
    const env = { ...exports, ...(environment === "" ? {} : { JOBWRIGHT_ENV: environment }) };
    const run = (...args: string[]): Promise<CliRun> => jobwright(["--sandbox", ...args], { cwd, env });

    const validated = await run("validate", "--format", "json");
    expectDone(validated, "validate");
    expect(JSON.parse(validated.stdout)).toMatchObject({ formatVersion: 1, diagnostics: [] });

    const planned = await run("plan", "--json");
    expectDone(planned, "plan");
    expectNoSecrets(planned, exports);
    const plan = JSON.parse(planned.stdout);
    expect(plan.actions.map((action: { address: string }) => action.address)).toEqual(ADDRESSES[example]);
    expect(plan.actions.filter((action: { action: string }) => action.action !== "create")).toEqual([]);
    expect(plan.warnings).toEqual([]);
    expect(statesIn(cwd)).toEqual([]);

    const applied = await run("apply", "--auto-approve");
    expectDone(applied, "apply");
    expectNoSecrets(applied, exports);
    expect(statesIn(cwd)).toHaveLength(1);

    const again = await run("plan", "--json", "--detailed-exitcode");
    expectDone(again, "plan after apply");
    expect(JSON.parse(again.stdout)).toMatchObject({
      actions: [],
      summary: { unchanged: ADDRESSES[example]?.length },
    });
    expectDone(await run("drift"), "drift");
  });
});

/** The README's first `sh` block: what it exports, and the arguments of each `jobwright` line. */
function readmeCommands(example: string): { exports: Record<string, string>; commands: string[][] } {
  const readme = readFileSync(join(ROOT, "examples", example, "README.md"), "utf8");
  const lines = /```sh\n(.*?)```/s.exec(readme)?.[1]?.trim().split("\n") ?? [];
  const exports: Record<string, string> = {};
  const commands: string[][] = [];
  for (const line of lines) {
    const [first, ...rest] = line.split(" ");
    if (first === "jobwright") commands.push(rest);
    else if (first === "export")
      for (const [, name = "", value = ""] of line.matchAll(/(\w+)=(\S+)/g)) exports[name] = value;
    else throw new Error(`${example}/README.md: a line that the test does not know how to run: ${line}`);
  }
  return { exports, commands };
}

/** The environments of the example's config, and none (""). */
function environmentsOf(example: string): readonly string[] {
  const config = parse(readFileSync(join(ROOT, "examples", example, "jobwright.yaml"), "utf8"));
  return ["", ...Object.keys(config.environments ?? {})];
}

/** State files below a project, whichever environment's. */
function statesIn(cwd: string): readonly string[] {
  const files = readdirSync(join(cwd, ".jobwright"), { recursive: true }).map(String);
  return files.filter((file) => /(^|\/)state[^/]*\.json$/.test(file));
}

function copyOf(example: string, purpose: string): string {
  const to = join(scratch, `${example}-${purpose}`);
  cpSync(join(ROOT, "examples", example), to, { recursive: true });
  return to;
}

function expectDone({ code, stdout, stderr }: CliRun, what: string): void {
  expect(code, `${what} ended with ${code}:\n${stdout}\n${stderr}`).toBe(0);
}

function expectNoSecrets({ stdout, stderr }: CliRun, exports: Readonly<Record<string, string>>): void {
  const values = Object.entries(exports).filter(([name]) => /KEY|TOKEN|PASSWORD/.test(name));
  for (const [name, value] of values) expect(stdout + stderr, `the value of ${name} is shown`).not.toContain(value);
}
