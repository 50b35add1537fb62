import type { JsonObject } from "../model/json.ts";
import type { SandboxSeed } from "./options.ts";
import { DEFAULT_WORKSPACE } from "./options.ts";

/**
 * Jobs to try things out on: a scraping team's at Nimble, an ML team's at Blaxel (workspace `acme`), as such accounts
 * look after a year of work: some with names and labels in order, one switched off, one with an image that
 * `bl deploy` put there, secrets that nobody can read.
 */
export function demoSeed(): Required<SandboxSeed> {
  return {
    nimble: nimbleJobs().map((job) => ({ job })),
    blaxel: blaxelJobs().map((job) => ({ workspace: DEFAULT_WORKSPACE, job })),
  };
}

function nimbleJobs(): readonly JsonObject[] {
  return [
    {
      ...{ id: "job_11", name: "amazon-pdp-daily", agent_name: "amazon_pdp", display_name: "Amazon PDP, daily" },
      description: "Product pages of everything we track, for the pricing team.",
      schedule: { cron: "0 6 * * *", enabled: true },
      inputs: { type: "s3", file_path: "s3://acme-in/skus.csv", data: null },
      destination: { type: "s3", path: "s3://acme-out/pdp/", format: "parquet" },
      ...{ created_at: "2026-01-12T09:14:03.000Z", updated_at: "2026-08-30T15:02:41.000Z" },
      ...{ last_run_at: "2026-09-30T06:00:04.000Z", last_run_status: "SUCCESS" },
    },
    {
      ...{ id: "job_12", name: "amazon-serp-hourly", agent_name: "amazon_serp", display_name: "Amazon search, hourly" },
      schedule: { cron: "15 * * * *", enabled: true },
      inputs: { type: "inline", file_path: null, data: [{ keyword: "usb-c cable" }, { keyword: "desk lamp" }] },
      destination: { type: "s3", path: "s3://acme-out/serp/", format: "jsonl" },
      ...{ created_at: "2026-01-12T09:20:47.000Z", updated_at: "2026-05-04T08:11:12.000Z" },
      ...{ last_run_at: "2026-09-30T08:15:02.000Z", last_run_status: "WARNING" },
    },
    {
      ...{ id: "job_17", name: "walmart-pdp-daily", agent_name: "walmart_pdp", display_name: "Walmart PDP, daily" },
      schedule: { cron: "30 6 * * *", enabled: true },
      inputs: { type: "s3", file_path: "s3://acme-in/skus-walmart.csv", data: null },
      destination: { type: "s3", path: "s3://acme-out/pdp/", format: "parquet" },
      ...{ created_at: "2026-02-02T13:37:20.000Z", updated_at: "2026-02-02T13:37:20.000Z" },
      ...{ last_run_at: "2026-09-30T06:30:03.000Z", last_run_status: "SUCCESS" },
    },
    {
      ...{
        id: "job_23",
        name: "maps-stores-weekly",
        agent_name: "google_maps_search",
        display_name: "Store locations",
      },
      description: "Switched off over the summer.",
      schedule: { cron: "0 4 * * 1", enabled: false },
      inputs: { type: "file", file_path: "file_4821", data: null },
      destination: { type: "file", path: "stores.csv", format: "csv" },
      ...{ created_at: "2026-03-19T10:05:55.000Z", updated_at: "2026-06-29T16:44:10.000Z" },
      ...{ last_run_at: "2026-06-29T04:00:06.000Z", last_run_status: "SUCCESS" },
    },
    {
      ...{ id: "job_31", name: "reviews-backfill", agent_name: "amazon_reviews", display_name: null },
      ...{ schedule: null, inputs: { type: "s3", file_path: "s3://acme-in/backfill.csv", data: null } },
      destination: { type: "s3", path: "s3://acme-out/reviews/", format: "parquet" },
      ...{ created_at: "2026-07-08T11:30:00.000Z", updated_at: "2026-07-08T11:30:00.000Z" },
      ...{ last_run_at: "2026-07-08T11:31:17.000Z", last_run_status: "FAILED" },
    },
  ];
}

function blaxelJobs(): readonly JsonObject[] {
  return [nightlyEmbeddings(), evalHarness(), paymentsReconcile(), runnerPool()];
}

function nightlyEmbeddings(): JsonObject {
  return {
    metadata: {
      ...{ name: "nightly-embeddings", displayName: "Nightly embeddings", labels: { team: "search", env: "prod" } },
      ...times("2026-02-10T08:00:00.000Z", "2026-09-21T17:25:31.000Z"),
    },
    spec: {
      runtime: {
        ...{ memory: 4096, timeout: 3600, maxRetries: 2, generation: "mk3" },
        image: "registry.blaxel.ai/acme/nightly-embeddings:4f2c91a",
        envs: [
          { name: "BUCKET", value: "acme-prod" },
          { name: "OPENAI_API_KEY", value: "sandbox-openai-key", secret: true },
        ],
      },
      triggers: [
        { id: "hourly", type: "cron", enabled: true, configuration: { schedule: "0 * * * *", tasks: [{ shard: 0 }] } },
      ],
    },
  };
}

function evalHarness(): JsonObject {
  return {
    metadata: {
      ...{ name: "eval-harness", displayName: "Model evaluation", labels: { team: "ml" } },
      ...times("2026-04-01T12:00:00.000Z", "2026-09-02T09:41:00.000Z"),
    },
    spec: {
      runtime: {
        ...{ memory: 8192, timeout: 7200, maxRetries: 0, diskPercent: 60 },
        image: "registry.blaxel.ai/acme/eval-harness:90b1d7e",
        envs: [{ name: "HF_TOKEN", value: "sandbox-hf-token", secret: true }],
        ports: [{ name: "metrics", target: 9090, protocol: "HTTP" }],
      },
      policies: ["only-eu", "gpu-budget"],
      triggers: [
        {
          ...{ id: "on-demand", type: "http-async", enabled: true },
          configuration: { path: "/evaluate", timeout: 900, callbackUrl: "https://ml.acme.example/hooks/eval" },
        },
        { id: "weekly", type: "cron", enabled: false, configuration: { schedule: "0 3 * * 0" } },
      ],
      volumes: [{ name: "scratch", mountPath: "/mnt/scratch", type: "ephemeral", sizeMb: 102400 }],
    },
  };
}

function paymentsReconcile(): JsonObject {
  return {
    metadata: {
      ...{ name: "payments-reconcile", displayName: "Payments, reconcile", labels: { team: "finance", tier: "1" } },
      ...times("2026-03-15T07:30:00.000Z", "2026-03-15T07:30:00.000Z"),
    },
    spec: {
      region: "eu-lon-1",
      runtime: {
        ...{ memory: 2048, timeout: 900, maxRetries: 5 },
        image: "registry.blaxel.ai/acme/payments-reconcile:1c0ffee",
        envs: [
          { name: "LEDGER_URL", value: "https://ledger.acme.example" },
          { name: "LEDGER_TOKEN", value: "sandbox-ledger-token", secret: true },
        ],
      },
      triggers: [{ id: "daily", type: "cron", enabled: true, configuration: { schedule: "10 2 * * *" } }],
    },
  };
}

function runnerPool(): JsonObject {
  return {
    metadata: {
      ...{ name: "ci-runner", displayName: "CI runners", labels: { team: "platform" } },
      ...times("2026-08-11T14:20:00.000Z", "2026-08-11T14:20:00.000Z"),
    },
    spec: {
      runtime: { memory: 2048, timeout: 3600, image: "registry.blaxel.ai/acme/ci-runner:77aa012" },
      githubRunner: { repositories: ["acme/search", "acme/pricing"] },
    },
  };
}

function times(createdAt: string, updatedAt: string): JsonObject {
  return { createdAt, updatedAt, createdBy: "console", updatedBy: "console" };
}
