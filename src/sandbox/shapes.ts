import { CRON_RULE, type ObjectShape, type Shape } from "./validate.ts";

const text: Shape = { kind: "string" };
const nullableText: Shape = { kind: "string", nullable: true };
const flag: Shape = { kind: "boolean" };
const integer: Shape = { kind: "integer" };

const schedule: Shape = {
  kind: "object",
  nullable: true,
  required: ["cron", "enabled"],
  fields: { cron: { kind: "string", rule: CRON_RULE }, enabled: flag },
};

const inputs: Shape = {
  kind: "object",
  nullable: true,
  required: ["type"],
  fields: {
    type: { kind: "enum", values: ["s3", "inline", "file"] },
    file_path: {
      kind: "string",
      nullable: true,
      rule: { pattern: /^(?:s3|file_)/, words: "file_path must start with 's3' or 'file_'" },
    },
    data: { kind: "list", nullable: true, item: { kind: "map", value: { kind: "any", nullable: true } } },
  },
};

const destination: Shape = {
  kind: "object",
  nullable: true,
  required: ["type", "path"],
  fields: {
    type: { kind: "enum", values: ["file", "s3"] },
    path: text,
    format: { kind: "enum", values: ["jsonl", "csv", "parquet"] },
  },
};

/** The body of a Nimble PATCH, in both versions of the API: the five fields that can be changed. */
export const NIMBLE_UPDATE: ObjectShape = {
  kind: "object",
  fields: { display_name: nullableText, description: nullableText, schedule, inputs, destination },
};

/** The body of a Nimble POST; `agent` is what the API's version calls the thing that the job runs. */
export function nimbleCreate(agent: "agent_name" | "extract_template_name"): ObjectShape {
  return {
    kind: "object",
    required: ["name", agent],
    fields: { name: text, [agent]: text, ...NIMBLE_UPDATE.fields },
  };
}

const env: Shape = { kind: "object", fields: { name: text, value: text, secret: flag } };

const port: Shape = {
  kind: "object",
  required: ["target"],
  fields: { name: text, target: integer, protocol: { kind: "enum", values: ["HTTP", "TCP", "UDP", "TLS"] } },
};

const volume: Shape = {
  kind: "object",
  required: ["name", "mountPath", "type", "sizeMb"],
  fields: {
    name: text,
    mountPath: text,
    readOnly: flag,
    sizeMb: integer,
    type: { kind: "enum", values: ["ephemeral"] },
  },
};

const runtime: Shape = {
  kind: "object",
  fields: {
    diskPercent: { kind: "integer", min: 10, max: 95 },
    envs: { kind: "list", item: env },
    generation: { kind: "enum", values: ["mk2", "mk3"] },
    image: text,
    maxConcurrentTasks: integer,
    maxRetries: integer,
    memory: integer,
    ports: { kind: "list", item: port },
    timeout: integer,
  },
};

const trigger: Shape = {
  kind: "object",
  fields: {
    id: text,
    type: { kind: "enum", values: ["http", "http-async", "cron"] },
    enabled: flag,
    configuration: {
      kind: "object",
      fields: {
        authenticationType: text,
        callbackSecret: text,
        callbackUrl: text,
        path: text,
        retry: integer,
        schedule: { kind: "string", rule: CRON_RULE },
        tasks: { kind: "list", item: { kind: "map", value: { kind: "any" } } },
        timeout: integer,
      },
    },
  },
};

const metadata: Shape = {
  kind: "object",
  required: ["name"],
  fields: {
    name: {
      kind: "string",
      max: 49,
      rule: { pattern: /^[a-z0-9-]+$/, words: "name must be lowercase letters, digits and hyphens" },
    },
    displayName: { kind: "string", max: 63 },
    externalId: {
      kind: "string",
      max: 64,
      rule: { pattern: /^[A-Za-z0-9-]*$/, words: "externalId must be letters, digits and dashes" },
    },
    labels: { kind: "map", value: text },
    ...Object.fromEntries(
      ["createdAt", "updatedAt", "createdBy", "updatedBy", "plan", "url", "workspace"].map((key) => [key, text]),
    ),
  },
};

/** The body of a Blaxel POST or PUT, its nulls taken out before. */
export const BLAXEL_JOB: ObjectShape = {
  kind: "object",
  required: ["metadata", "spec"],
  fields: {
    metadata,
    spec: {
      kind: "object",
      fields: {
        enabled: flag,
        githubRunner: { kind: "object", fields: { repositories: { kind: "list", item: text } } },
        policies: { kind: "list", item: text },
        region: text,
        revision: {
          kind: "object",
          fields: { active: text, canary: text, canaryPercent: integer, stickySessionTtl: integer, traffic: integer },
        },
        runtime,
        triggers: { kind: "list", item: trigger },
        volumes: { kind: "list", item: volume },
      },
    },
    status: text,
    events: { kind: "list", item: { kind: "any" } },
  },
};
