import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { drift, plan } from "../../src/commands/plan.ts";
import { status } from "../../src/commands/status.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { temporaryFolder, testShell } from "../support/shell.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const job = (name: string, cron: string): string =>
  `apiVersion: nimbleway.com/v1\nkind: Job\nmetadata: { name: ${name} }\nspec:\n  agent_name: a\n  schedule: { cron: "${cron}", enabled: true }\n`;

/** A project whose six jobs are live and start at 06:00, and what makes a report of it. */
async function place() {
  const sandbox = await startSandbox({ now: () => new Date("2026-11-23T12:00:00Z") });
  const folder = temporaryFolder();
  cleanups.push(
    () => sandbox.close(),
    () => folder.remove(),
  );
  const env = { NIMBLE_BASE_URL: sandbox.url, NIMBLE_API_KEY: "key-of-the-test" };
  const shell = testShell({ cwd: folder.path, env });
  const declare = (cron: string): void => {
    const jobs = Array.from({ length: 6 }, (_, n) => job(`j${n}`, n === 0 ? "0 6 * * *" : cron));
    mkdirSync(join(folder.path, "jobs"), { recursive: true });
    writeFileSync(join(folder.path, "jobs/all.yaml"), jobs.join("---\n"));
  };
  const report = async (command: typeof plan | typeof drift | typeof status): Promise<string> => {
    await command(shell, { paths: [], html: "report.html" });
    return readFileSync(join(folder.path, "report.html"), "utf8");
  };
  declare("0 6 * * *");
  const { exitCode } = await apply(shell, { paths: [], autoApprove: true });
  expect(exitCode).toBe(0);
  return { sandbox, declare, report, env };
}

describe("--html", () => {
  it("maps when jobs start: before and after a plan, live in a status", async () => {
    const { declare, report } = await place();
    expect(await report(status)).toContain("Peak: 6 starts in one minute (06:00 UTC, every day).");
    declare("0 7 * * *");
    const page = await report(plan);
    expect(page).toContain(
      "This change moves 5 jobs to 07:00 UTC. Peak: 6 → 5 starts in one minute (07:00 UTC, every day).",
    );
    expect(page).toContain("<caption>Live now</caption>");
    expect(page).toContain("<caption>After apply</caption>");
    // Git alone moved: nothing drifted, so there is one map.
    expect(await report(drift)).toContain("Peak: 6 starts in one minute");
  });

  it("maps what was moved by hand", async () => {
    const { sandbox, report, env } = await place();
    const headers = { authorization: `Bearer ${env.NIMBLE_API_KEY}`, "content-type": "application/json" };
    const answer = await fetch(`${sandbox.url}/v1/jobs`, { headers });
    const { items }: { items: readonly { id: string; name: string }[] } = JSON.parse(await answer.text());
    const id = items.find(({ name }) => name === "j3")?.id;
    const body = JSON.stringify({ schedule: { cron: "0 9 * * *", enabled: true } });
    expect((await fetch(`${sandbox.url}/v1/jobs/${id}`, { method: "PATCH", headers, body })).status).toBe(200);
    const page = await report(drift);
    expect(page).toContain("What was changed live moves 1 job to 09:00 UTC. Peak: 6 → 5 starts in one minute");
    expect(page).toContain("<caption>As in Git</caption>");
  });
});
