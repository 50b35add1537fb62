import type { ErrorObject } from "ajv";
import { formatPointer } from "../document/pointer.ts";
import type { PatchRule, TargetConfig } from "../model/config.ts";
import {
  isList,
  isObject,
  objectFrom,
  own,
  SecretRef,
  type SecretTable,
  type Value,
  type ValueObject,
} from "../model/document.ts";
import { type Annotations, type ApiVersion, addressOf, type DesiredJob, type ProviderId } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import { matches } from "../model/match.ts";
import { readAnnotations, text } from "./annotations.ts";
import validateBlaxel from "./compiled/blaxel.js";
import validateNimbleV1 from "./compiled/nimble-v1.js";
import validateNimbleV2 from "./compiled/nimble-v2.js";
import type { LoadedConfig, LocatedRule } from "./config.ts";
import { isJsonObject, LARGEST_DOCUMENT } from "./convert.ts";
import { type Header, PROVIDER_OF, readHeader } from "./header.ts";
import { type InterpolationProblem, mayInterpolate, resolveString } from "./interpolate.ts";
import { mapStrings } from "./lookups.ts";
import { applyPatch, sizeOf } from "./patch.ts";
import { quote } from "./quote.ts";
import { fieldName, type Problem, type Report } from "./report.ts";
import type { CronChecks } from "./rule-context.ts";
import { checkRules } from "./rules.ts";
import { didYouMean } from "./suggest.ts";
import { describeErrors } from "./wording.ts";

/** What a manifest is resolved against. */
export interface ResolveContext {
  readonly loaded: LoadedConfig;
  readonly table: SecretTable;
  readonly cron: CronChecks;
  /** Takes problems of patches, at fields of the config file. */
  readonly reportConfig: Report;
}

/** One manifest's own side of it. */
export interface ManifestInput {
  readonly value: Json;
  /** Whether its text holds a `$` at all. */
  readonly dollar: boolean;
  /** Takes problems at fields of the manifest. */
  readonly report: Report;
  /** Told of every field that a patch wrote: problems there belong to the config. */
  readonly patched: (path: readonly string[], at: readonly string[]) => void;
}

/** A manifest resolved and checked; what it needs to become a {@link DesiredJob} but for its place. */
export type ResolvedJob = Omit<DesiredJob, "source">;

interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

const VALIDATORS: Readonly<Record<ApiVersion, Validator>> = {
  "nimbleway.com/v1": validateNimbleV1,
  "nimbleway.com/v2": validateNimbleV2,
  "blaxel.ai/v1alpha1": validateBlaxel,
};

/**
 * One manifest, from its YAML value to a job: patches, interpolation, schema, rules. Everything wrong goes to
 * `input.report`, and the answer is for use only where no error went there. Undefined where there is no job at all.
 */
export function resolveManifest(input: ManifestInput, context: ResolveContext): ResolvedJob | undefined {
  const header = readHeader(input.value, input.report);
  if (header === undefined) return undefined;
  const provider = PROVIDER_OF[header.apiVersion];
  const patched = patch(header, identify(header, provider, context), input, context);
  if (patched === undefined) return undefined;
  const resolution = interpolate(patched.value, input.dollar || patched.touched, provider, input.report, context);
  if (resolution === undefined || !isObject(resolution.value)) return undefined;
  const { value, hasSecrets, holes } = resolution;
  // Where a value is missing, that has been told; what else is said of the same field might be wrong.
  const report: Report = (problem) => {
    if (!holes.some((hole) => hole.every((segment, index) => problem.path[index] === segment))) input.report(problem);
  };
  validate(header.apiVersion, value, hasSecrets, report, context);
  return toJob(value, header.apiVersion, provider, report, context);
}

/** Address as far as it can be known before patches: names may hold variables. */
function identify(header: Header, provider: ProviderId, { loaded }: ResolveContext): string | undefined {
  const metadata = header.value["metadata"];
  if (!isJsonObject(metadata)) return undefined;
  const plain = (written: Json | undefined) => {
    if (typeof written !== "string") return undefined;
    const value = resolveString(written, provider === "blaxel", loaded.lookups, []);
    return typeof value === "string" ? value : undefined;
  };
  const annotations = metadata["annotations"];
  const target = isJsonObject(annotations) ? annotations["jobwright.dev/target"] : undefined;
  const name = plain(metadata["name"]);
  return name === undefined ? undefined : addressOf(plain(target) ?? provider, name);
}

function patch(
  header: Header,
  address: string | undefined,
  input: ManifestInput,
  context: ResolveContext,
): { readonly value: Json; readonly touched: boolean } | undefined {
  let value: Json = header.value;
  let touched = false;
  for (const rule of context.loaded.patches) {
    if (address === undefined || !matches(rule.value.match, address)) continue;
    const result = applyRule(value, rule, address, input, context);
    if (result === undefined) return undefined;
    value = result;
    touched = true;
  }
  return { value, touched };
}

function applyRule(
  value: Json,
  rule: LocatedRule<PatchRule>,
  address: string,
  input: ManifestInput,
  context: ResolveContext,
): Json | undefined {
  rule.matched = true;
  const outcome = applyPatch(value, rule.value);
  if ("problem" in outcome) {
    const { field, message, ...problem } = outcome.problem;
    const path = [...rule.at, "patch", String(outcome.operation), field];
    context.reportConfig({ ...problem, message: `${message}; in the manifest of ${quote(address)}`, path });
    return undefined;
  }
  for (const { path, operation } of outcome.touched)
    input.patched(path, [...rule.at, "patch", String(operation), "value"]);
  return outcome.value;
}

/** An interpolated manifest; `holes` are fields whose value could not be found. */
interface Resolution {
  readonly value: Value;
  readonly hasSecrets: boolean;
  readonly holes: readonly (readonly string[])[];
}

function interpolate(
  json: Json,
  dollar: boolean,
  provider: ProviderId,
  report: Report,
  { loaded }: ResolveContext,
): Resolution | undefined {
  if (!dollar) return { value: json as Value, hasSecrets: false, holes: [] };
  const vendorForms = provider === "blaxel";
  const holes: (readonly string[])[] = [];
  let hasSecrets = false;
  let size = 0;
  const value = mapStrings(json, [], (written, path) => {
    if (!mayInterpolate(written, vendorForms) || path.length < 2) return written;
    const problems: InterpolationProblem[] = [];
    const resolved = resolveString(written, vendorForms, loaded.lookups, problems);
    for (const problem of problems) report({ ...problem, path, text: written.slice(problem.start, problem.end) });
    if (resolved === undefined) holes.push(path);
    if (typeof resolved === "object" || resolved === undefined) hasSecrets = true;
    size += resolved instanceof SecretRef ? (loaded.lookups.reveal(resolved)?.length ?? 0) : sizeOf(resolved);
    return resolved ?? SecretRef.masked();
  });
  if (size > LARGEST_DOCUMENT) {
    report({ code: "JW1011", message: "the manifest grows past 4 MiB when its interpolations are put in", path: [] });
    return undefined;
  }
  return { value, hasSecrets, holes };
}

function validate(
  apiVersion: ApiVersion,
  value: Value,
  hasSecrets: boolean,
  report: Report,
  context: ResolveContext,
): void {
  const validator = VALIDATORS[apiVersion];
  const secrets = new Map<string, { readonly text: string; readonly known: boolean }>();
  const plain = hasSecrets ? reveal(value, [], secrets, context.table) : (value as Json);
  if (validator(plain)) return;
  const checked = {
    value: plain,
    secrets,
    whole: "the manifest",
    unknown: (field: string, path: readonly string[]) => misplaced(field, path, apiVersion),
  };
  for (const problem of describeErrors(validator.errors ?? [], checked)) report(problem);
}

/** A document with secrets as plain text, for the schema's eyes only. */
function reveal(
  value: Value,
  path: readonly string[],
  secrets: Map<string, { readonly text: string; readonly known: boolean }>,
  table: SecretTable,
): Json {
  if (value instanceof SecretRef) {
    const known = table.value(value);
    const shown = /^(?:env|file):/.test(value.text) ? `\${${value.text}}` : value.text;
    secrets.set(formatPointer(path), { text: shown, known: known !== undefined });
    return known ?? "";
  }
  if (isList(value)) return value.map((item, index) => reveal(item, [...path, String(index)], secrets, table));
  if (!isObject(value)) return value;
  return objectFrom(
    Object.entries(value).map(([key, item]): [string, Json] => [key, reveal(item, [...path, key], secrets, table)]),
  );
}

/** Where a field belongs that stands in the wrong place, or in the wrong API. */
function misplaced(field: string, path: readonly string[], apiVersion: ApiVersion): string | undefined {
  const at = path.join("/");
  if (apiVersion === "blaxel.ai/v1alpha1") {
    if (at === "spec" && ["envs", "image", "memory", "ports", "timeout", "maxRetries"].includes(field))
      return `Write it under spec.runtime.`;
    return undefined;
  }
  if (at === "metadata" && field !== "name")
    return "A Nimble manifest's metadata holds name and annotations only; everything else stands in spec.";
  if (at !== "spec") return undefined;
  if (field === "name") return "The name stands in metadata.";
  if (field === "extract_template_name") return "That is a field of nimbleway.com/v2.";
  if (field === "agent_name") return "That is a field of nimbleway.com/v1; v2 has extract_template_name.";
  if (["id", "created_at", "updated_at", "last_run_at", "last_run_status"].includes(field))
    return "The platform sets it; remove it.";
  return undefined;
}

function toJob(
  value: ValueObject,
  apiVersion: ApiVersion,
  provider: ProviderId,
  report: Report,
  context: ResolveContext,
): ResolvedJob | undefined {
  const metadata = own(value, "metadata");
  const annotations = readAnnotations(metadata, provider, report);
  const textOf = (each: Value | undefined) =>
    typeof each === "string" ? each : each instanceof SecretRef ? context.table.value(each) : undefined;
  checkRules(value, { provider, report, textOf, cron: context.cron });
  const name = isObject(metadata) ? own(metadata, "name") : undefined;
  const target = findTarget(metadata, provider, report, context);
  const spec = own(value, "spec");
  if (typeof name !== "string" || !isObject(metadata) || !isObject(spec) || target === undefined) return undefined;
  const address = addressOf(target.name, name);
  const job = { address, target: target.name, provider, apiVersion, name, annotations };
  const document = {
    metadata: declaredMetadata(metadata, provider, report),
    spec: provider === "blaxel" ? declaredBlaxelSpec(spec, address, report, context.table) : spec,
  };
  reportReadOnly(value, provider, report);
  return { ...job, document, ignore: ignored(address, annotations, context.loaded.ignore) };
}

function findTarget(
  metadata: Value | undefined,
  provider: ProviderId,
  report: Report,
  { loaded }: ResolveContext,
): Pick<TargetConfig, "name"> | undefined {
  const written = isObject(metadata) ? text(own(metadata, "annotations"), "target") : undefined;
  const targets = loaded.config.targets;
  const found = Object.hasOwn(targets, written ?? provider) ? targets[written ?? provider] : undefined;
  const path = written === undefined ? ["apiVersion"] : ["metadata", "annotations", "jobwright.dev/target"];
  if (found === undefined) {
    if (!loaded.complete) return { name: written ?? provider };
    const hint = didYouMean(written ?? "", Object.keys(targets), `The config has ${Object.keys(targets).join(", ")}.`);
    report({ code: "JW1214", message: `the config has no target ${quote(written ?? provider)}`, hint, path });
    return undefined;
  }
  if (found.provider === provider) return found;
  const fitting = Object.values(targets)
    .filter((target) => target.provider === provider)
    .map((target) => target.name);
  const message = `the target ${quote(found.name)} is of ${found.provider}, but the manifest is of ${provider}`;
  report({ code: "JW1214", message, hint: `Targets of ${provider}: ${fitting.join(", ")}.`, path });
  return undefined;
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

function ignored(address: string, annotations: Annotations, rules: LoadedConfig["ignore"]): readonly string[] {
  const paths = new Set(annotations.ignore);
  for (const rule of rules) {
    if (!matches(rule.value.match, address)) continue;
    rule.matched = true;
    for (const path of rule.value.paths) paths.add(path);
  }
  return [...paths];
}
