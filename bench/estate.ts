import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../src/model/json.ts";
import type { SandboxSeed } from "../src/sandbox/options.ts";

/** The one secret of all Blaxel jobs, and the variable that it is in. */
export const SECRET = { variable: "BENCH_TOKEN", value: "a-token-of-the-benchmark" } as const;

/** What every estate's jobs are like: `cron` moves the schedules of all of them, which is a change of every job. */
export interface EstateShape {
  /** Half are Nimble's, half Blaxel's; or all Nimble's. */
  readonly jobs: number;
  readonly nimbleOnly?: boolean;
  /** The hour of the Nimble schedules, and the minutes between Blaxel runs. */
  readonly hour: number;
}

/** How many jobs of each platform. */
function sharesOf({ jobs, nimbleOnly = false }: Pick<EstateShape, "jobs" | "nimbleOnly">): {
  readonly nimble: number;
  readonly blaxel: number;
} {
  const blaxel = nimbleOnly ? 0 : Math.floor(jobs / 2);
  return { nimble: jobs - blaxel, blaxel };
}

/** Writes the manifests of an estate, one job a file, a hundred files a folder; replaces what was there. */
export function writeEstate(folder: string, shape: EstateShape): void {
  rmSync(join(folder, "jobs"), { recursive: true, force: true });
  const { nimble, blaxel } = sharesOf(shape);
  for (let i = 0; i < nimble; i++) writeManifest(folder, "nimble", i, nimbleManifest(i, shape.hour));
  for (let i = 0; i < blaxel; i++) writeManifest(folder, "blaxel", i, blaxelManifest(i, shape.hour));
  writeFileSync(join(folder, "jobwright.yaml"), "safety: { maxUpdatesPercent: 100 }\n");
}

function writeManifest(folder: string, platform: string, i: number, text: string): void {
  const place = join(folder, "jobs", platform, String(Math.floor(i / 100)));
  if (i % 100 === 0) mkdirSync(place, { recursive: true });
  writeFileSync(join(place, `${nameOf(i)}.yaml`), text);
}

function nameOf(i: number): string {
  return `job-${String(i).padStart(6, "0")}`;
}

function nimbleManifest(i: number, hour: number): string {
  return `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: ${nameOf(i)}
spec:
  agent_name: amazon_pdp
  display_name: Product pages ${i}
  description: The product pages of shop ${i}
  schedule: { cron: "${i % 60} ${hour} * * *", enabled: true }
  inputs: { type: s3, file_path: s3://acme-in/skus-${i}.csv }
  destination: { type: s3, path: s3://acme-out/pdp/${i}/, format: parquet }
`;
}

function nimbleJob(i: number, hour: number): JsonObject {
  return {
    name: nameOf(i),
    agent_name: "amazon_pdp",
    display_name: `Product pages ${i}`,
    description: `The product pages of shop ${i}`,
    schedule: { cron: `${i % 60} ${hour} * * *`, enabled: true },
    inputs: { type: "s3", file_path: `s3://acme-in/skus-${i}.csv` },
    destination: { type: "s3", path: `s3://acme-out/pdp/${i}/`, format: "parquet" },
  };
}

function blaxelManifest(i: number, hour: number): string {
  return `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: ${nameOf(i)}
  displayName: Batch ${i}
  labels: { team: search, lane: "${i % 10}" }
spec:
  runtime:
    memory: 4096
    timeout: 3600
    maxRetries: 2
    envs:
      - { name: BUCKET, value: acme-${i} }
      - { name: MODE, value: nightly }
      - { name: TOKEN, value: "\${env:${SECRET.variable}}", secret: true }
  triggers:
    - { type: cron, enabled: true, configuration: { schedule: "${i % 60} ${hour} * * *" } }
`;
}

function blaxelJob(i: number, hour: number): JsonObject {
  const envs = [
    { name: "BUCKET", value: `acme-${i}` },
    { name: "MODE", value: "nightly" },
    { name: "TOKEN", value: SECRET.value, secret: true },
  ];
  const schedule = `${i % 60} ${hour} * * *`;
  return {
    metadata: { name: nameOf(i), displayName: `Batch ${i}`, labels: { team: "search", lane: String(i % 10) } },
    spec: {
      runtime: { memory: 4096, timeout: 3600, maxRetries: 2, image: `img/${i}:7`, generation: "mk3", envs },
      triggers: [{ id: `cron-${i}`, type: "cron", enabled: true, configuration: { schedule } }],
    },
  };
}

/** The live jobs of an estate that is as declared. */
export function seedOf(shape: EstateShape): SandboxSeed {
  const { nimble, blaxel } = sharesOf(shape);
  const many = (count: number, make: (i: number, hour: number) => JsonObject): { readonly job: JsonObject }[] =>
    Array.from({ length: count }, (_, i) => ({ job: make(i, shape.hour) }));
  return { nimble: many(nimble, nimbleJob), blaxel: many(blaxel, blaxelJob) };
}
