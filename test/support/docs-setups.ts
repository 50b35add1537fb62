import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { demoSeed } from "../../src/sandbox/seed.ts";
import { nodeDisk } from "../../src/state/disk.ts";
import type { DocsStage } from "./docs-stage.ts";

/** How a page begins (`<!-- run: demo -->`), and what happens between its commands (`<!-- meanwhile: ... -->`). */
type Step = (stage: DocsStage) => void | Promise<void>;

const GIT = "git init -q -b main && git add -A && git commit -qm";

/** Projects that pages begin with, by name. */
export const SETUPS: Readonly<Record<string, Step>> = {
  /** An empty folder, platforms without jobs. */
  nothing: () => {},
  /** An empty folder, and `jobwright sandbox --seed demo` in another terminal. */
  demo: (stage) => {
    stage.sandbox.data.add(demoSeed());
    Object.assign(stage.env, {
      COLUMNS: "120",
      NIMBLE_BASE_URL: "http://127.0.0.1:4010",
      BL_API_URL: "http://127.0.0.1:4010/v0",
    });
  },
  /** The demo's jobs at both platforms, imported and committed. */
  imported: async (stage) => {
    stage.sandbox.data.add(demoSeed());
    for (const name of ["OPENAI_API_KEY", "HF_TOKEN", "LEDGER_TOKEN"]) stage.env[name] = `a-value-of-${name}`;
    await stage.run("jobwright import");
    await stage.run(`${GIT} "Take over what is live"`);
  },
  /** Five jobs, and some of all that can be in a plan: a change of two, a change by hand, a manifest that was removed. */
  shop: async (stage) => {
    for (const name of ["prices-at", "prices-de", "stock", "legacy", "reviews"]) {
      stage.write(`jobs/${name}.yaml`, nimbleJob(name, "amazon_pdp", "0 6 * * *"));
      await stage.run("jobwright apply -y");
    }
    await stage.run(`${GIT} "Five jobs"`);
    await stage.run(`git rm -q jobs/legacy.yaml && git commit -qm "Legacy is gone"`);
    await stage.run("sed -i.old 's/0 6 /0 7 /' jobs/prices-at.yaml jobs/prices-de.yaml");
    stage.sandbox.data.nimble.edit("job_3", { schedule: { cron: "45 6 * * *" } });
  },
  /** A manifest, and two live jobs of its name. */
  twins: (stage) => {
    const job = { name: "stock-hourly", agent_name: "amazon_pdp" };
    stage.sandbox.data.add({ nimble: [{ job }, { job: { ...job, agent_name: "walmart_pdp" } }] });
    stage.write("jobs/stock.yaml", nimbleJob("stock-hourly", "amazon_pdp", "0 * * * *"));
  },
  /** Three jobs, made by an apply from this folder, and committed. */
  team: async (stage) => {
    stage.env["OPENAI_API_KEY"] = "a-value-that-nobody-guesses";
    stage.write("jobs/amazon.yaml", nimbleJob("amazon-pdp-daily", "amazon_pdp", "0 6 * * *"));
    // One after the other: an apply makes several jobs at once, in no fixed order of their ids.
    await stage.run("jobwright apply -y");
    stage.write("jobs/walmart.yaml", nimbleJob("walmart-pdp-daily", "walmart_pdp", "30 6 * * *"));
    stage.write("jobs/embeddings.yaml", EMBEDDINGS);
    await stage.run("jobwright apply -y");
    await stage.run(`${GIT} "Three jobs"`);
  },
};

function nimbleJob(name: string, agent: string, cron: string): string {
  return `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: ${name}
spec:
  agent_name: ${agent}
  schedule: { cron: "${cron}", enabled: true }
  inputs: { type: s3, file_path: s3://acme-in/${name}.csv }
  destination: { type: s3, path: s3://acme-out/pdp/ }
`;
}

const EMBEDDINGS = `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: nightly-embeddings
spec:
  runtime:
    memory: 4096
    envs:
      - { name: BUCKET, value: acme-prod }
      - { name: OPENAI_API_KEY, value: "\${env:OPENAI_API_KEY}", secret: true }
  triggers:
    - { type: cron, enabled: true, configuration: { schedule: "0 2 * * *" } }
`;

/** What happens beside the commands, by name: people with a browser, other programs, other machines. */
export const EVENTS: Readonly<Record<string, Step>> = {
  /** An apply is killed at the very moment at which the platform has done what it asked for. */
  "apply is killed": async (stage) => {
    const kept = join(stage.folder, ".jobwright");
    const aside = `${stage.folder}-at-that-moment`;
    const end = stage.sandbox.data.onMutation(() => {
      cpSync(kept, aside, { recursive: true });
      end();
    });
    await stage.run("jobwright apply -y");
    rmSync(kept, { recursive: true });
    renameSync(aside, kept);
  },
  /** Writes arrive and are done, and no answer comes back, nor to any question about them. */
  "answers are lost": ({ sandbox: { faults } }) => {
    faults.add({ method: ["POST", "PATCH"], path: "/v1/jobs", fault: "cutAfter" });
    faults.add({ method: "GET", path: "/v1/jobs", after: 2, fault: { status: 503, body: { message: "unavailable" } } });
  },
  "all is well again": (stage) => {
    stage.sandbox.faults.clear();
    stage.disk = nodeDisk;
    stage.pass(600_000);
  },
  /** A run on another machine took the lock and went away without a word. */
  "runner dies": (stage) => {
    const holder = { holder: "ana", command: "apply", host: "runner-7", pid: 123, boot: "another-boot" };
    const since = stage.clock.wall().toISOString();
    const record = { kind: "held", beat: 3, run: "5f1c0a", ...holder, since, leaseMs: 30_000 };
    stage.write(".jobwright/lock/999", `${JSON.stringify(record)}\n`);
  },
  /** The disk is full from the moment at which the platform has done what was asked for. */
  "disk fills up": (stage) => {
    let full = false;
    const end = stage.sandbox.data.onMutation(() => {
      full = true;
      end();
    });
    stage.disk = {
      ...nodeDisk,
      create: async (path, mode) => {
        const file = await nodeDisk.create(path, mode);
        const write = async (data: Uint8Array): Promise<void> => {
          if (full && path.includes(".jobwright/")) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
          await file.write(data);
        };
        return { write, datasync: () => file.datasync(), sync: () => file.sync(), close: () => file.close() };
      },
    };
  },
  "limit is reached": ({ sandbox: { faults } }) => {
    faults.add({ path: "/v1/", fault: { rateLimited: { retryAfter: 3600 } } });
  },
};
