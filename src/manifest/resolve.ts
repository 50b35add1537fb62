import type { PatchRule, TargetConfig } from "../model/config.ts";
import { isObject, own, SecretRef, type SecretTable, type Value, type ValueObject } from "../model/document.ts";
import { type Annotations, type ApiVersion, addressOf, type DesiredJob, type ProviderId } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import { matches } from "../model/match.ts";
import { readAnnotations, text } from "./annotations.ts";
import type { LoadedConfig, LocatedRule } from "./config.ts";
import { isJsonObject, LARGEST_DOCUMENT } from "./convert.ts";
import { declaredDocument } from "./declare.ts";
import { type Header, PROVIDER_OF, readHeader } from "./header.ts";
import { type InterpolationProblem, mayInterpolate, resolveString } from "./interpolate.ts";
import { mapStrings } from "./lookups.ts";
import { applyPatch, sizeOf } from "./patch.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import type { CronChecks } from "./rule-context.ts";
import { checkRules } from "./rules.ts";
import { didYouMean } from "./suggest.ts";
import { validate } from "./validate.ts";

/** Of all rules of the config together, what one manifest is met by at most. */
const MOST_OPERATIONS = 1000;
const MOST_IGNORED = 1000;

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
  validate(header.apiVersion, value, hasSecrets, report, context.table);
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
  let operations = 0;
  for (const rule of context.loaded.patches) {
    if (address === undefined || !matches(rule.value.match, address)) continue;
    rule.matched = true;
    operations += rule.value.patch.length;
    if (operations > MOST_OPERATIONS) return tooMuch(context, [...rule.at, "patch"], "operations of patches");
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
  const document = declaredDocument({ value, metadata, spec }, address, provider, report, context.table);
  return { ...job, document, ignore: ignored(address, annotations, context) };
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

function ignored(address: string, annotations: Annotations, context: ResolveContext): readonly string[] {
  const paths = new Set(annotations.ignore);
  for (const rule of context.loaded.ignore) {
    if (!matches(rule.value.match, address)) continue;
    rule.matched = true;
    if (paths.size > MOST_IGNORED) continue;
    for (const path of rule.value.paths) paths.add(path);
    if (paths.size > MOST_IGNORED) tooMuch(context, [...rule.at, "paths"], "ignored paths");
  }
  return [...paths];
}

/** Reports that the rules of the config together would be too much work for each job; the same for all of them. */
function tooMuch({ reportConfig }: ResolveContext, path: readonly string[], what: string): undefined {
  const message = `more than 1,000 ${what} meet one manifest`;
  reportConfig({ code: "JW1108", message, hint: "Let fewer rules match it.", path });
}
