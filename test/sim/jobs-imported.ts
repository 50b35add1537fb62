import { parse } from "yaml";
import type { ImportedJob } from "../../src/commands/import-manifests.ts";
import { type Document, isList, isObject, SecretRef, type Value } from "../../src/model/document.ts";
import { accountOf, type SimJob } from "./jobs.ts";
import { envsOf } from "./model-jobs.ts";
import type { World } from "./world.ts";

/** The manifest that import wrote, as the next run would load it; its variables are set to what is live. */
export function importedJob(world: World, { address, live, text, variables }: ImportedJob): SimJob {
  const provider = address.startsWith("nimble/") ? "nimble" : "blaxel";
  const { metadata, spec } = parse(text) as { readonly metadata: Value; readonly spec: Value };
  const document = withRefs({ metadata, spec }) as Document;
  const job = world.model.jobs(accountOf(provider, "a")).get(live.id) ?? {};
  const values = variables.map(({ name, path }): [string, string] => {
    const env = envsOf(job).find((each) => path.split("/").includes(String(each["name"])));
    // Gone by now: nobody will miss its secret.
    return [name, String(env?.["value"] ?? `s3cr3t-of-${live.id}`)];
  });
  return {
    provider,
    name: live.name,
    agent: String(job["agent_name"] ?? "shop"),
    cron: "",
    enabled: true,
    value: 0,
    trigger: false,
    secret: 0,
    protect: false,
    literal: { document, variables: Object.fromEntries(values) },
  };
}

/** `${env:NAME}` as what it is after loading. */
function withRefs(value: Value): Value {
  if (typeof value === "string") return /^\$\{env:\w+\}$/.test(value) ? new SecretRef(value.slice(2, -1)) : value;
  if (isList(value)) return value.map(withRefs);
  if (!isObject(value)) return value;
  const { annotations: _, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withRefs(item)]));
}
