import { formatPointer } from "../document/pointer.ts";
import {
  type Document,
  isList,
  isObject,
  objectFrom,
  own,
  SecretRef,
  type SecretTable,
  type Value,
  type ValueObject,
} from "../model/document.ts";
import type { ProviderId } from "../model/job.ts";
import { quote } from "./quote.ts";
import { fieldName, type Problem, type Report } from "./report.ts";

/** The parts of a resolved manifest that a job's document is made of. */
export interface Declaration {
  /** The whole manifest. */
  readonly value: ValueObject;
  readonly metadata: ValueObject;
  readonly spec: ValueObject;
}

/**
 * What of a manifest is declared to the platform: without annotations and what the platform sets by itself (warnings
 * say so), with secrets that are written in plain text moved into the table.
 */
export function declaredDocument(
  { value, metadata, spec }: Declaration,
  address: string,
  provider: ProviderId,
  report: Report,
  table: SecretTable,
): Document {
  reportReadOnly(value, provider, report);
  return {
    metadata: declaredMetadata(metadata, provider, report),
    spec: provider === "blaxel" ? declaredBlaxelSpec(spec, address, report, table) : spec,
  };
}

const METADATA_READ_ONLY = ["createdAt", "updatedAt", "createdBy", "updatedBy", "plan", "url", "workspace"];

function declaredMetadata(metadata: ValueObject, provider: ProviderId, report: Report): ValueObject {
  const dropped = provider === "blaxel" ? METADATA_READ_ONLY.filter((key) => Object.hasOwn(metadata, key)) : [];
  for (const key of dropped) warnReadOnly(["metadata", key], report);
  return objectFrom(Object.entries(metadata).filter(([key]) => key !== "annotations" && !dropped.includes(key)));
}

function reportReadOnly(value: ValueObject, provider: ProviderId, report: Report): void {
  if (provider !== "blaxel") return;
  for (const key of ["status", "events"]) if (Object.hasOwn(value, key)) warnReadOnly([key], report);
}

function warnReadOnly(path: readonly string[], report: Report): void {
  const problem: Problem = {
    code: "JW1109",
    severity: "warning",
    message: `${fieldName(path)} is set by the platform and not sent`,
    hint: "Remove it.",
    path,
    part: "key",
  };
  report(problem);
}

/** The spec as it will be sent: secrets taken out of it, and what the platform makes by itself. */
function declaredBlaxelSpec(spec: ValueObject, address: string, report: Report, table: SecretTable): ValueObject {
  const runtime = own(spec, "runtime");
  const envs = isObject(runtime) ? own(runtime, "envs") : undefined;
  const triggers = own(spec, "triggers");
  const kept = isList(envs)
    ? envs.map((env, index) => withoutPlainSecret(env, index, address, report, table))
    : undefined;
  const cleaned = isList(triggers)
    ? triggers.map((trigger, index) => withoutCallbackSecret(trigger, index, report))
    : undefined;
  return {
    ...spec,
    ...(kept === undefined || !isObject(runtime) ? {} : { runtime: { ...runtime, envs: kept } }),
    ...(cleaned === undefined ? {} : { triggers: cleaned }),
  };
}

function withoutPlainSecret(env: Value, index: number, address: string, report: Report, table: SecretTable): Value {
  if (!isObject(env) || own(env, "secret") !== true) return env;
  const value = own(env, "value");
  if (typeof value !== "string" || value === "") return env;
  const name = own(env, "name");
  // Named like in changes, so that reordering the list changes nothing.
  const pointer = formatPointer(["spec", "runtime", "envs", typeof name === "string" ? name : String(index), "value"]);
  const key = `manifest:${address}#${pointer}`;
  table.add(key, value);
  report({
    code: "JW1211",
    severity: "warning",
    message: `the secret ${typeof name === "string" ? quote(name) : `of item ${index + 1}`} stands in plain text`,
    hint: "Put the value into the environment and write ${env:NAME}; then replace the value, since Git keeps the old one.",
    path: ["spec", "runtime", "envs", String(index), "value"],
    conceal: true,
  });
  return { ...env, value: new SecretRef(key) };
}

function withoutCallbackSecret(trigger: Value, index: number, report: Report): Value {
  const configuration = isObject(trigger) ? own(trigger, "configuration") : undefined;
  if (!isObject(trigger) || !isObject(configuration) || !Object.hasOwn(configuration, "callbackSecret")) return trigger;
  warnReadOnly(["spec", "triggers", String(index), "configuration", "callbackSecret"], report);
  const { callbackSecret: _, ...rest } = configuration;
  return { ...trigger, configuration: rest };
}
