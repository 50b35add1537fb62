import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, type Measured, measure } from "./machine.ts";

/** Resources that terraform has in its state as they are declared. */
export interface TerraformEstate {
  readonly version: string;
  plan(): Promise<Measured>;
}

interface TerraformState {
  readonly resources: readonly TerraformResource[];
}

interface TerraformResource {
  readonly name: string;
  readonly instances: readonly { readonly attributes: { readonly id: string } }[];
}

/**
 * As many `terraform_data` resources as jobs; undefined where there is no terraform. Only the first is really applied:
 * the state of the others is written after its model, since to apply thousands takes terraform very long.
 */
export async function terraformEstate(bench: Bench, jobs: number): Promise<TerraformEstate | undefined> {
  const folder = join(bench.scratch, `terraform-${jobs}`);
  mkdirSync(folder, { recursive: true });
  const run = (...args: readonly string[]): Promise<Measured> =>
    measure(bench, ["terraform", ...args], { cwd: folder });
  const found = await run("version").catch(() => undefined);
  if (found?.code !== 0) return undefined;
  const main = join(folder, "main.tf");
  const state = join(folder, "terraform.tfstate");
  writeFileSync(main, resource(0));
  for (const args of [["init"], ["apply", "-auto-approve"]]) {
    const { code, stderr } = await run(...args, "-input=false", "-no-color");
    if (code !== 0) throw new Error(`terraform ${args[0]}: ${stderr}`);
  }
  const text = readFileSync(state, "utf8");
  const { resources, ...rest } = JSON.parse(text) as TerraformState;
  const [model] = resources;
  if (model === undefined) throw new Error("terraform's state holds no resource");
  const many = Array.from({ length: jobs }, (_, i) => JSON.parse(like(model, i)) as TerraformResource);
  writeFileSync(main, many.map((_, i) => resource(i)).join(""));
  writeFileSync(state, JSON.stringify({ ...rest, resources: many }));
  return {
    version: found.stdout.split("\n")[0] ?? "",
    plan: async () => {
      const planned = await run("plan", "-input=false", "-no-color");
      if (planned.code !== 0 || !planned.stdout.includes("No changes")) {
        throw new Error(`terraform plan: ${planned.stdout.slice(-500)} ${planned.stderr.slice(-500)}`);
      }
      return planned;
    },
  };
}

function resource(i: number): string {
  return `resource "terraform_data" "job_${i}" {
  input = { name = "job-${i}-", agent = "amazon_pdp", cron = "0 6 * * *", path = "s3://acme-out/pdp/job-${i}-/", enabled = true }
}
`;
}

/** The first resource's state, made the `i`th's. */
function like(model: TerraformResource, i: number): string {
  const id = model.instances[0]?.attributes.id ?? "";
  return JSON.stringify(model)
    .replaceAll("job_0", `job_${i}`)
    .replaceAll("job-0-", `job-${i}-`)
    .replaceAll(id, `${id.slice(0, -8)}${String(i).padStart(8, "0")}`);
}
