import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";

/** Where the vendors' published documents are, if they are. */
const FOLDER = fileURLToPath(new URL("../../../shared/api/", import.meta.url));

/** Whether answers can be compared with the published documents. */
export const OPENAPI_AVAILABLE = existsSync(`${FOLDER}nimble-jobs-v1.openapi.yml`);

/** Says in the name of a test why it is skipped. */
export const OPENAPI_ABSENT = "skipped: the published OpenAPI documents are not beside this repository";

type Platform = "nimble" | "blaxel";

const FILES: Record<Platform, string> = {
  nimble: "nimble-jobs-v1.openapi.yml",
  blaxel: "blaxel-jobs.openapi.yml",
};

const validators = new Map<string, ValidateFunction>();
const documents = new Map<Platform, Ajv2020>();

/** What is wrong with `value` as that schema of the published document; nothing where there is no document. */
export function openApiErrors(platform: Platform, schema: string, value: unknown): readonly string[] {
  if (!OPENAPI_AVAILABLE) return [];
  const validate = validatorOf(platform, schema);
  validate(value);
  return (validate.errors ?? []).map((error) => `${schema}${error.instancePath} ${error.message}`);
}

function validatorOf(platform: Platform, schema: string): ValidateFunction {
  const key = `${platform} ${schema}`;
  const known = validators.get(key);
  if (known) return known;
  const list = /^(.*)\[\]$/.exec(schema)?.[1];
  const ref = { $ref: `${platform}#/components/schemas/${list ?? schema}` };
  const made = documentOf(platform).compile(list === undefined ? ref : { type: "array", items: ref });
  validators.set(key, made);
  return made;
}

function documentOf(platform: Platform): Ajv2020 {
  const known = documents.get(platform);
  if (known) return known;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(parse(readFileSync(FOLDER + FILES[platform], "utf8")), platform);
  documents.set(platform, ajv);
  return ajv;
}
