import { jobEntry } from "../apply/entry.ts";
import { parsePointer } from "../document/pointer.ts";
import { annotationsOf, type Candidate, type Candidates, type Skipped } from "../import/candidates.ts";
import { compose, type Verdict } from "../import/compose.ts";
import { type Draft, draftOf } from "../import/draft.ts";
import { byteLength, LARGEST_FILE } from "../import/file-names.ts";
import { nameVariables, variablesIn } from "../import/variables.ts";
import { type SchemaPlace, schemaPath } from "../init/files.ts";
import { isForbiddenVariable } from "../manifest/forbidden.ts";
import { checkTogether } from "../manifest/together.ts";
import type { Document, SecretTable } from "../model/document.ts";
import type { Address, ApiVersion, DesiredJob, LiveJob } from "../model/job.ts";
import type { JobState } from "../model/state.ts";
import type { PlanInput } from "../plan/input.ts";
import { diffJob } from "../plan/job-diff.ts";
import { createSecretTable } from "../secrets.ts";
import type { OpenProject } from "./project.ts";
import type { GlobalOptions, Shell } from "./shell.ts";
import { createTextResolver, type TextResolver } from "./text-resolver.ts";

/** A live job with its new manifest. */
export interface ImportedJob {
  readonly address: Address;
  readonly live: LiveJob;
  /** Its YAML document. */
  readonly text: string;
  readonly notes: readonly string[];
  /** Variables that it refers to, by the path of their secret. */
  readonly variables: readonly { readonly name: string; readonly path: string }[];
  /** What the state is to hold of it, its file aside. */
  readonly entry: JobState;
}

/** All that is imported, and what cannot be. */
export interface Imports {
  readonly jobs: readonly ImportedJob[];
  readonly skipped: readonly Skipped[];
}

/** What to write manifests for. */
export interface ManifestsOf {
  readonly found: Candidates;
  readonly targets: ReadonlyMap<string, ApiVersion>;
  /** How many folders below the root the files will be. */
  readonly depth: number;
  /** Where the project's editors find the schemas. */
  readonly schemas: SchemaPlace;
  readonly input: PlanInput;
}

interface Context extends ManifestsOf {
  readonly resolver: TextResolver;
  readonly table: SecretTable;
  readonly open: OpenProject;
}

/** Composes the manifests in memory, each read back as jobwright would read its file. Nothing is written. */
export function manifestsFor(shell: Shell, options: GlobalOptions, open: OpenProject, of: ManifestsOf): Imports {
  const { runtime } = shell;
  // Values that stand for the real ones while texts are checked; they never leave this table.
  const table = createSecretTable();
  const resolver = createTextResolver(
    {
      cwd: runtime.cwd,
      env: runtime.env,
      ...(options.config === undefined ? {} : { configFile: options.config }),
      ...(options.env === undefined ? {} : { environment: options.env }),
      secrets: "skip",
      today: runtime.clock.wall(),
      sandbox: true,
    },
    table,
  );
  const context: Context = { ...of, resolver, table, open };
  const skipped: Skipped[] = [...of.found.skipped];
  const drafts = of.found.candidates.flatMap((candidate) => {
    const [inexact] = candidate.live.inexact;
    if (inexact === undefined) return [{ candidate, draft: drafted(context, candidate) }];
    const reason = `its ${inexact} holds a value that JSON in JavaScript cannot hold exactly; such a job is never written`;
    skipped.push({ address: candidate.address, id: candidate.live.id, reason });
    return [];
  });
  const variables = variablesOf(context, drafts);
  const results = drafts.map(({ candidate, draft }, i): Result => {
    const result = importOne(context, candidate, draft, variables[i] ?? new Map(), runtime.clock.wall());
    return "reason" in result ? { address: candidate.address, id: candidate.live.id, ...result } : result;
  });
  const made = results.filter((result) => "job" in result);
  const clashing = clashes(of.input.desired, made);
  skipped.push(...results.filter((result) => "reason" in result), ...clashing.values());
  return {
    jobs: made.flatMap(({ job }) => (clashing.has(job.address) ? [] : [job])),
    skipped: skipped.sort((a, b) => (a.address < b.address ? -1 : 1)),
  };
}

type Result = { readonly job: ImportedJob; readonly desired: DesiredJob } | Skipped;

/** New manifests that cannot stand beside the others. */
function clashes(
  declared: readonly DesiredJob[],
  made: readonly { readonly job: ImportedJob; readonly desired: DesiredJob }[],
): ReadonlyMap<Address, Skipped> {
  const ids = new Map(made.map(({ job, desired }) => [desired, job.live.id]));
  const problems = checkTogether([...declared, ...ids.keys()]).filter(({ severity }) => severity === "error");
  return new Map(
    problems.flatMap(({ job: { address }, job, message }): [Address, Skipped][] => {
      const id = ids.get(job);
      return id === undefined ? [] : [[address, { address, id, reason: message }]];
    }),
  );
}

function drafted({ input, targets, open }: Context, { target, live }: Candidate): Draft {
  return draftOf(input.platform(providerOf(open, target)).fields, versionOf(targets, target), live);
}

function providerOf({ targets }: OpenProject, target: string) {
  return targets[target]?.provider ?? "nimble";
}

function versionOf(targets: ReadonlyMap<string, ApiVersion>, target: string): ApiVersion {
  return targets.get(target) ?? "nimbleway.com/v1";
}

/** For each draft: its variables by the path of their secret. */
function variablesOf(
  { input, open, table }: Context,
  drafts: readonly { readonly candidate: Candidate; readonly draft: Draft }[],
): readonly ReadonlyMap<string, string>[] {
  const keys = Object.values(open.targets).flatMap(({ apiKeyFrom }) => apiKeyFrom?.replace(/^env:/, "") ?? []);
  const named = new Set(keys.map((name) => name.toUpperCase()));
  const secrets = drafts.flatMap(({ candidate, draft }) =>
    draft.secrets.map((path) => ({ address: candidate.address, path })),
  );
  const names = nameVariables(secrets, {
    used: new Set(input.desired.flatMap(({ document }) => variablesIn(document))),
    forbidden: (name) => isForbiddenVariable(name, named),
  });
  for (const name of names) table.add(`env:${name}`, "stands for a secret");
  let next = 0;
  return drafts.map(({ draft }) => new Map(draft.secrets.map((path) => [path, names[next++] ?? ""])));
}

function importOne(
  context: Context,
  candidate: Candidate,
  draft: Draft,
  variables: ReadonlyMap<string, string>,
  now: Date,
): Exclude<Result, Skipped> | Pick<Skipped, "reason"> {
  const { input, targets, open, depth, schemas } = context;
  const provider = providerOf(open, candidate.target);
  const composed = compose(draft, {
    table: input.platform(provider).fields,
    apiVersion: versionOf(targets, candidate.target),
    annotations: annotationsOf(candidate, provider),
    schema: schemaPath(schemas, "manifest", depth),
    variables,
    check: (text, document) => read(context, candidate, variables, now, text, document).verdict,
  });
  if ("impossible" in composed) return { reason: composed.impossible };
  const { text, document, notes } = composed;
  if (byteLength(text) > LARGEST_FILE) return { reason: "its manifest would be larger than 1 MiB" };
  const { desired, entry, used, patchedPaths } = read(context, candidate, variables, now, text, document);
  if (desired === undefined || entry === undefined) return { reason: "its manifest does not read back" };
  const patches = patchedPaths === "" ? [] : [`patches of the config change ${patchedPaths}: the plan shows that`];
  const { address, live } = candidate;
  return {
    desired,
    job: {
      ...{ address, live, text, entry, notes: [...notes, ...patches] },
      variables: used.map(([path, name]) => ({ name, path })),
    },
  };
}

/** A manifest's text as jobwright would read it, and what a plan would make of it. */
interface Reading {
  readonly verdict: Verdict;
  readonly desired?: DesiredJob;
  readonly entry?: JobState;
  /** The secrets in it: path and variable. */
  readonly used: readonly (readonly [string, string])[];
  /** What the config's patches make another than it is live. */
  readonly patchedPaths: string;
}

function read(
  { resolver, input, table }: Context,
  candidate: Candidate,
  variables: ReadonlyMap<string, string>,
  now: Date,
  text: string,
  document: Document,
): Reading {
  const { documents, diagnostics } = resolver.resolve("import", text);
  const [manifest] = documents;
  const broken = diagnostics.some((d) => d.severity === "error" || d.code === "JW1020");
  const nothing = { used: [], patchedPaths: "" };
  if (documents.length !== 1 || broken || manifest === undefined) {
    return { ...nothing, verdict: { document: undefined, problems: [], patched: false } };
  }
  const { job, problems } = manifest;
  const patched = manifest.patched.length > 0;
  if (job === undefined || problems.length > 0) {
    return { ...nothing, verdict: { document: job?.document, problems, patched } };
  }
  const names = new Set(variablesIn(document));
  const used = [...variables].filter(([, name]) => names.has(name));
  const desired: DesiredJob = { ...job, source: { file: "", line: 1, column: 1 } };
  const entry = entryOf(candidate, { ...desired, document }, used, now);
  const { fields } = input.platform(desired.provider);
  const diff = diffJob(
    { table: fields, secrets: table, fingerprint: () => "", resume: false, rotated: new Set() },
    desired,
    candidate.live,
    entry,
  );
  const paths = [...diff.changes, ...diff.paused].map((change) => change.path);
  const differing = paths.map((path) => ({ message: "declared, it would be changed", path: parsePointer(path) }));
  const verdict = { document: job.document, problems: patched ? [] : differing, patched };
  return { verdict, desired, entry, used, patchedPaths: patched ? paths.join(", ") : "" };
}

/** Nobody knows the secrets' values: marked so, they count as unchanged until their variable changes. */
function entryOf(
  { live, state }: Candidate,
  desired: DesiredJob,
  secrets: readonly (readonly [string, string])[],
  now: Date,
): JobState {
  const context = { secrets: createSecretTable(), fingerprint: () => "", now };
  const unverified = Object.fromEntries(secrets.map(([path]) => [path, ""]));
  return jobEntry(context, desired, live, state, {
    adopted: state?.adopted ?? true,
    ...(secrets.length === 0 ? {} : { unverified }),
  });
}
