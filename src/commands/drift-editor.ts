import { isDeepStrictEqual } from "node:util";
import { editYaml } from "../import/edit-yaml.ts";
import { spliced } from "../import/splice.ts";
import { driftedChanges, editFor, patchAt } from "../import/write-back.ts";
import { decodeText } from "../manifest/decode.ts";
import { readProjectFile } from "../manifest/read-file.ts";
import type { Address, DesiredJob } from "../model/job.ts";
import type { Change } from "../model/plan.ts";
import { diffMatch } from "../plan/action.ts";
import { baseDocument } from "../plan/base.ts";
import type { PlanInput } from "../plan/input.ts";
import type { JobDiff } from "../plan/job-diff.ts";
import type { Match } from "../plan/match.ts";
import { shape } from "../plan/shape.ts";
import type { OpenProject } from "./project.ts";
import type { FileText } from "./replace-file.ts";
import type { GlobalOptions, Shell } from "./shell.ts";
import { createTextResolver, type ResolvedText, type TextResolver } from "./text-resolver.ts";

/** A job whose manifest was edited. */
export interface EditedJob {
  readonly match: Match;
  /** What the manifest declares now. */
  readonly desired: DesiredJob;
  /** The differences that are gone by it: `after` is what it declared, `before` what it declares now. */
  readonly changes: readonly Change[];
  /** What differs still. */
  readonly remaining: readonly Change[];
}

/** A difference that stays. */
export interface LeftAsWritten {
  readonly address: Address;
  readonly path?: string;
  readonly reason: string;
}

/** A manifest file with its edits; nothing is written yet. */
export interface EditedFile extends FileText {
  readonly jobs: readonly EditedJob[];
  readonly left: readonly LeftAsWritten[];
}

/** Edits manifests in memory. */
export interface DriftEditor {
  diffOf(match: Match): JobDiff;
  /** Takes what drifted of these jobs, which one file declares, into its text. */
  edit(file: string, matches: readonly Match[]): EditedFile;
}

interface Context {
  readonly open: OpenProject;
  readonly input: PlanInput;
  readonly resolver: TextResolver;
}

/** Makes an editor; it loads the config once more, for its patches and variables. */
export function createDriftEditor(
  { runtime }: Shell,
  options: GlobalOptions,
  open: OpenProject,
  input: PlanInput,
): DriftEditor {
  const resolver = createTextResolver(
    {
      cwd: runtime.cwd,
      env: runtime.env,
      ...(options.config === undefined ? {} : { configFile: options.config }),
      ...(options.env === undefined ? {} : { environment: options.env }),
      secrets: "resolve",
      today: runtime.clock.wall(),
      sandbox: options.sandbox ?? false,
    },
    open.project.secrets,
  );
  const context = { open, input, resolver };
  return {
    diffOf: (match) => diffOf(input, match),
    edit: (file, matches) => editFile(context, file, matches),
  };
}

function diffOf(input: PlanInput, match: Match): JobDiff {
  const diff = diffMatch(input, match);
  if (diff === undefined) throw new Error(`${match.desired.address} is not live`);
  return diff;
}

function editFile(context: Context, file: string, matches: readonly Match[]): EditedFile {
  const before = readText(context, file);
  const jobs: EditedJob[] = [];
  const left: LeftAsWritten[] = [];
  let { text } = before;
  if (text === undefined) {
    const reason = "its file cannot be read any more";
    return { ...before, text: "", jobs, left: matches.map(({ desired }) => ({ address: desired.address, reason })) };
  }
  for (const match of matches) {
    const edited = editJob(context, file, text, match);
    text = edited.text;
    left.push(...edited.left);
    if (edited.job !== undefined) jobs.push(edited.job);
  }
  return { ...before, text, jobs, left };
}

function readText({ open }: Context, file: string): Omit<FileText, "text"> & { readonly text: string | undefined } {
  const read = readProjectFile(open.project.config.root, file);
  if ("problem" in read) return { file, bytes: new Uint8Array(), text: undefined };
  const decoded = decodeText(read.bytes);
  return { file, bytes: read.bytes, text: decoded.problem === undefined ? decoded.text : undefined };
}

function editJob(
  context: Context,
  file: string,
  before: string,
  match: Match,
): { readonly text: string; readonly job?: EditedJob; readonly left: readonly LeftAsWritten[] } {
  const { address, source } = match.desired;
  const left: LeftAsWritten[] = [];
  const changes: Change[] = [];
  const seen = new Set<string>();
  let current = stand(context, file, before, match);
  for (;;) {
    const { diff } = current;
    const change = driftedChanges(diff, context.input.stateless).find(({ path }) => !seen.has(path));
    if (change === undefined) break;
    seen.add(change.path);
    // Nobody can tell whether such a secret differs at all.
    if (diff.unverifiable.includes(change.path)) continue;
    const next = tryEdit(context, file, current, change, match);
    if ("reason" in next) left.push({ address, path: change.path, reason: next.reason });
    else {
      current = next;
      changes.push(change);
    }
  }
  if (changes.length === 0) return { text: before, left };
  const desired = { ...current.desired, source };
  const remaining = [...current.diff.changes, ...current.diff.paused];
  return { text: current.text, job: { match, desired, changes, remaining }, left };
}

/** A file's text at some point of its editing, and what it makes of one of its jobs. */
interface Stand {
  readonly text: string;
  readonly resolved: ResolvedText;
  /** Which of the file's documents it is. */
  readonly index: number;
  readonly desired: DesiredJob;
  readonly diff: JobDiff;
}

function stand(context: Context, file: string, text: string, match: Match): Stand {
  const resolved = context.resolver.resolve(file, text);
  const index = resolved.documents.findIndex(({ job }) => job?.address === match.desired.address);
  return (
    standAt(context, text, resolved, index, match) ?? {
      ...{ text, resolved, index },
      ...{ desired: match.desired, diff: diffOf(context.input, match) },
    }
  );
}

function standAt(
  { input }: Context,
  text: string,
  resolved: ResolvedText,
  index: number,
  match: Match,
): Stand | undefined {
  const document = resolved.documents[index];
  if (document?.job === undefined || document.problems.length > 0) return undefined;
  const desired: DesiredJob = { ...document.job, source: match.desired.source };
  return { text, resolved, index, desired, diff: diffOf(input, { ...match, desired }) };
}

const UNSAFE = { reason: "an edit would change something else as well; change it by hand" };

/** Makes one edit and keeps it only if it does that and nothing else. */
function tryEdit(
  context: Context,
  file: string,
  now: Stand,
  change: Change,
  match: Match,
): Stand | { readonly reason: string } {
  const { input, resolver } = context;
  const { provider, apiVersion, document } = now.desired;
  const manifest = now.resolved.documents[now.index];
  if (manifest === undefined) return UNSAFE;
  const { fields } = input.platform(provider);
  const { triggerIds = {}, declared } = match.state ?? {};
  const shapes = shape(
    { table: fields, secrets: input.secrets, triggerIds },
    document,
    match.live?.document ?? {},
    declared && baseDocument(declared),
  );
  const edit = editFor({ table: fields, apiVersion, desired: shapes.desired }, change);
  if ("reason" in edit) return edit;
  const patch = patchAt(manifest.patched, edit.steps);
  if (patch !== undefined) return { reason: `the patch at ${resolver.placeOf(patch)} makes it` };
  const splices = editYaml(now.text, manifest.yaml, edit, provider === "blaxel");
  if ("reason" in splices) return splices;
  const text = spliced(now.text, splices);
  const resolved = resolver.resolve(file, text);
  const [problem] = resolved.documents[now.index]?.problems ?? [];
  if (problem !== undefined) return { reason: `the manifest would not be valid: ${problem.message}` };
  const next = standAt(context, text, resolved, now.index, match);
  return next !== undefined && isSafe(now, next, change) ? next : UNSAFE;
}

/** The one difference is gone, no other came, and the other documents of the file are what they were. */
function isSafe(before: Stand, after: Stand, change: Change): boolean {
  const paths = ({ diff }: Stand): ReadonlySet<string> =>
    new Set([...diff.changes, ...diff.paused].map(({ path }) => path));
  const [then, now] = [paths(before), paths(after)];
  const others = ({ resolved, index }: Stand): readonly unknown[] =>
    resolved.documents.flatMap(({ yaml }, i) => (i === index ? [] : [yaml.value]));
  return (
    before.desired.address === after.desired.address &&
    !now.has(change.path) &&
    [...now].every((path) => then.has(path)) &&
    !after.resolved.diagnostics.some(({ severity }) => severity === "error") &&
    isDeepStrictEqual(others(before), others(after))
  );
}
