import type { ApiVersion, ProviderId } from "../model/job.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "./convert.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import { closest } from "./suggest.ts";

/** The platform of each apiVersion. */
export const PROVIDER_OF: Readonly<Record<ApiVersion, ProviderId>> = {
  "nimbleway.com/v1": "nimble",
  "nimbleway.com/v2": "nimble",
  "blaxel.ai/v1alpha1": "blaxel",
};

const API_VERSIONS = Object.keys(PROVIDER_OF) as readonly ApiVersion[];

/** Kinds that `bl apply` takes from the same files and that are not jobs. */
const BLAXEL_KINDS = [
  "Agent",
  "Function",
  "Sandbox",
  "Model",
  "Policy",
  "Volume",
  "VolumeTemplate",
  "IntegrationConnection",
  "Drive",
  "Preview",
];

/** A manifest whose first lines are in order. */
export interface Header {
  readonly apiVersion: ApiVersion;
  readonly value: JsonObject;
}

/** Checks `apiVersion` and `kind`, which decide what everything else means; undefined where they don't hold. */
export function readHeader(value: Json, report: Report): Header | undefined {
  if (!isJsonObject(value)) {
    const hint =
      "A manifest is a mapping with apiVersion, kind, metadata and spec. If the file holds something else, add it to exclude.";
    report({ code: "JW1101", message: "this YAML document is not a manifest", hint, path: [] });
    return undefined;
  }
  const apiVersion = readApiVersion(value, report);
  const kind = checkKind(value, apiVersion, report);
  return apiVersion !== undefined && kind ? { apiVersion, value } : undefined;
}

function readApiVersion(value: JsonObject, report: Report): ApiVersion | undefined {
  const written = Object.hasOwn(value, "apiVersion") ? value["apiVersion"] : undefined;
  const known = `Known are ${API_VERSIONS.join(", ")}.`;
  if (written === undefined) {
    const hint = `${known} If the file is not for jobwright, add it to exclude.`;
    report({ code: "JW1102", message: '"apiVersion" is missing', hint, path: [] });
    return undefined;
  }
  const found = API_VERSIONS.find((each) => each === written);
  if (found !== undefined) return found;
  const meant = typeof written === "string" ? closest(written, API_VERSIONS) : undefined;
  const shown = typeof written === "string" ? quote(written) : "not text";
  const hint = meant === undefined ? known : `Did you mean ${JSON.stringify(meant)}? ${known}`;
  report({ code: "JW1102", message: `the apiVersion ${shown} is not known`, hint, path: ["apiVersion"] });
  return undefined;
}

function checkKind(value: JsonObject, apiVersion: ApiVersion | undefined, report: Report): boolean {
  const kind = Object.hasOwn(value, "kind") ? value["kind"] : undefined;
  if (kind === "Job") return true;
  if (kind === undefined) {
    report({ code: "JW1103", message: '"kind" is missing', hint: "Write kind: Job.", path: [] });
    return false;
  }
  const shown = typeof kind === "string" ? quote(kind) : "not text";
  const isBlaxel = apiVersion === undefined || PROVIDER_OF[apiVersion] === "blaxel";
  if (typeof kind === "string" && isBlaxel && BLAXEL_KINDS.includes(kind)) {
    const hint = "Leave it to bl apply: move it to a file of its own, and add that file to exclude in jobwright.yaml.";
    report({
      code: "JW1103",
      message: `the kind ${shown} is not managed; jobwright manages jobs only`,
      hint,
      path: ["kind"],
    });
  } else {
    const meant = typeof kind === "string" && closest(kind, ["Job"]) !== undefined;
    const hint = meant
      ? 'Did you mean "Job"?'
      : "Only Job is managed. If the file is not for jobwright, add it to exclude.";
    report({ code: "JW1103", message: `the kind ${shown} is not managed`, hint, path: ["kind"] });
  }
  return false;
}
