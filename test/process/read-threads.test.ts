import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { validate } from "../../src/commands/validate.ts";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { testShell } from "../support/shell.ts";
import { ROOT } from "../support/source-files.ts";

const FILES = 900;
/** One core has no second thread to spare: everything is then read on the first, which is what is compared with. */
const WORKERS = Math.min(3, availableParallelism() - 1, Math.floor(FILES / 400));

const CONFIG = `vars: { bucket: acme }
environments:
  prod:
    patches:
      - { match: "nimble/job-7*", patch: [{ op: replace, path: /spec/schedule/cron, value: "0 3 * * *" }] }
      - { match: "nimble/job-13", patch: [{ op: replace, path: /spec/schedule/cron, value: "99 3 * * *" }] }
`;

/** Manifests of which some are wrong, each in another way, as file number and text. */
function manifest(i: number): string {
  const good = nimbleManifest(`job-${i}`, `${i % 60} 6 * * *`, `  description: of \${var:bucket} ${i}\n`);
  if (i === 40) return good.replace("agent_name", "agent_nam");
  if (i === 333) return `${good}---\n${nimbleManifest("job-334")}`;
  if (i === 500) return `${good}  display_name: yes\n`;
  if (i === 641) return `${good}  : [\n`;
  if (i === 700) return good.replace("${var:bucket}", "${env:NOT_SET}");
  return i === 811 ? `${good}---\n---\n${nimbleManifest("second-of-811")}` : good;
}

let project: CliProject;
beforeAll(async () => {
  const files = Array.from(
    { length: FILES },
    (_, i) => [`jobs/${Math.floor(i / 100)}/${i}.yaml`, manifest(i)] as const,
  );
  project = await cliProject({ ...Object.fromEntries(files), "jobwright.yaml": CONFIG });
});
afterAll(() => project.close());

/** What the built command line says of the project, and how many workers read it. */
async function byThreads(more: Readonly<Record<string, string>> = {}) {
  const log = join(project.path, `log-${Object.values(more).join("")}`);
  const env = { NODE_OPTIONS: `--require ${ROOT}test/process/read-threads.cjs`, READ_THREADS_LOG: log, ...more };
  const run = await project.runWith(env, "validate", "--format", "json", "--env", "prod");
  const workers = existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0;
  return { code: run.code, document: onlyJson(run), workers };
}

/** The same by one thread: from source there is no worker to start. */
async function byOne() {
  const shell = testShell({ cwd: project.path, env: project.env, now: new Date().toISOString() });
  const { exitCode, stdout } = await validate(shell, { paths: [], format: "json", allowEmpty: false, env: "prod" });
  return { code: exitCode, document: JSON.parse(stdout) };
}

describe("a large project", () => {
  it("says the same read by several threads as by one", async () => {
    const [one, several] = [await byOne(), await byThreads()];
    expect(several.workers).toBe(WORKERS);
    expect({ code: several.code, document: several.document }).toEqual(one);
    const told = (one.document.diagnostics as { file: string; code: string; line: number }[]).map(
      ({ file, code, line }) => `${file}:${line} ${code}`,
    );
    expect(told).toEqual([
      "jobs/0/40.yaml:6 JW1104",
      "jobs/3/334.yaml:4 JW1204",
      "jobs/5/500.yaml:9 JW1020",
      "jobs/6/641.yaml:10 JW1009",
      "jobs/7/700.yaml:8 JW1303",
      "jobwright.yaml:6 JW1201",
    ]);
  });

  it("is read whole where a worker ends too early", async () => {
    expect((await byThreads({ READ_THREADS_END: "2" })).document).toEqual((await byOne()).document);
  });
});
