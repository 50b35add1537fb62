import { type Document, objectFrom, type Value } from "../model/document.ts";
import type { ApiVersion } from "../model/job.ts";
import { toYaml } from "./yaml-text.ts";

/** What a manifest is written from. */
export interface ManifestParts {
  readonly apiVersion: ApiVersion;
  /** Its keys in the order in which they are to be written. */
  readonly document: Document;
  /** By their whole names (`jobwright.dev/id`). */
  readonly annotations: Readonly<Record<string, string>>;
  /** The JSON Schema as seen from the file. */
  readonly schema: string;
}

/** A manifest's text, with the line by which editors find its schema. `blocks`: texts of several lines as blocks. */
export function manifestText(parts: ManifestParts, { blocks }: { readonly blocks: boolean }): string {
  const { apiVersion, document, annotations, schema } = parts;
  const metadata: [string, Value][] = Object.entries(document.metadata);
  if (Object.keys(annotations).length > 0) metadata.push(["annotations", annotations]);
  const manifest = {
    apiVersion,
    kind: "Job",
    metadata: objectFrom(metadata),
    spec: document.spec,
  };
  const yaml = toYaml(manifest, { vendorForms: apiVersion === "blaxel.ai/v1alpha1", blocks });
  return `# yaml-language-server: $schema=${schema}\n${yaml}`;
}
