import { jobEntry } from "../apply/entry.ts";
import { InvalidInputError, RefusedError } from "../errors.ts";
import { followedBase } from "../import/base.ts";
import { type DriftedChange, type DriftedDocument, driftedText } from "../import/drift-report.ts";
import { driftedChanges } from "../import/write-back.ts";
import type { Address } from "../model/job.ts";
import { matches } from "../model/match.ts";
import type { Change } from "../model/plan.ts";
import { untilText } from "../model/state.ts";
import { baseDocument } from "../plan/base.ts";
import { guard } from "../plan/guard.ts";
import type { PlanInput } from "../plan/input.ts";
import { type Match, matchJobs } from "../plan/match.ts";
import { shape } from "../plan/shape.ts";
import { documentText } from "../render/plan-document.ts";
import type { Redactor } from "../render/redact.ts";
import { toJson } from "../state/codec.ts";
import type { StateChange, StateSession } from "../state/store.ts";
import { settleBefore } from "./apply.ts";
import { createDriftEditor, type EditedFile, type EditedJob, type LeftAsWritten } from "./drift-editor.ts";
import { type Estate, planEstate, readEstate } from "./estate.ts";
import type { ImportOptions } from "./import.ts";
import { flagsOf } from "./plan-options.ts";
import { type OpenProject, openProject } from "./project.ts";
import { replaceFileText } from "./replace-file.ts";
import { scopeOf } from "./scope.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { sessionOptions, storeOf } from "./state-store.ts";

/** `jobwright import --drifted`: writes what was changed on the platform into the manifests that declare it. */
export async function importDrifted(shell: Shell, options: ImportOptions): Promise<CommandResult> {
  const open = await openProject(shell, options);
  try {
    const command = "import --drifted";
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, command, 0));
    try {
      const document = await takeBack(shell, options, open, session);
      const { redactor } = shell;
      return {
        exitCode: 0,
        stdout: options.json
          ? documentText(redactDrifted(document, redactor))
          : redactor.text(driftedText(document, shell.style)),
      };
    } finally {
      await session.close();
    }
  } finally {
    await open.close();
  }
}

async function takeBack(
  shell: Shell,
  options: ImportOptions,
  open: OpenProject,
  session: StateSession,
): Promise<DriftedDocument> {
  const scope = await scopeOf(shell, open.project, options.target === undefined ? {} : { target: options.target });
  const names = options.name ?? [];
  const named = (name: string): boolean => names.length === 0 || names.some((pattern) => matches(pattern, name));
  const base = { shell, open, scope, flags: flagsOf({}), state: session.state };
  await settleBefore(shell, open, session, base);
  const estate = await readEstate({ ...base, state: session.state });
  try {
    const refusals = guard(estate.input, []);
    if (refusals.length > 0) throw new RefusedError(refusals);
    const input = await asPlanned(estate);
    const { matched, problems } = matchJobs(input);
    if (problems.length > 0) throw new InvalidInputError(problems);
    const mine = matched.filter(({ desired, state }) => scope.includes(desired.address, state) && named(desired.name));
    return await editAll(shell, options, open, session, { ...estate, input }, mine);
  } finally {
    await estate.close();
  }
}

/** What a plan would go by: it reads secrets where a PUT has to carry them, and sees differences in them then. */
async function asPlanned(estate: Estate): Promise<PlanInput> {
  try {
    return (await planEstate(estate)).input;
  } catch (error) {
    // Which of them cannot be read is for the plan to say; nothing is written here.
    if (error instanceof InvalidInputError) return estate.input;
    throw error;
  }
}

async function editAll(
  shell: Shell,
  options: ImportOptions,
  open: OpenProject,
  session: StateSession,
  estate: Estate,
  mine: readonly Match[],
): Promise<DriftedDocument> {
  const { input } = estate;
  const now = shell.runtime.clock.wall();
  const left: LeftAsWritten[] = [];
  const editor = createDriftEditor(shell, options, open, input);
  const byFile = new Map<string, Match[]>();
  for (const match of mine) {
    const reason = whyNot(match, input.stateless, now, () => driftedChanges(editor.diffOf(match), true).length > 0);
    if (reason !== undefined) left.push({ address: match.desired.address, reason });
    else if (match.live !== undefined) {
      const { file } = match.desired.source;
      byFile.set(file, [...(byFile.get(file) ?? []), match]);
    }
  }
  const files: EditedFile[] = [];
  for (const [file, matches] of [...byFile].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const edited = editor.edit(file, matches);
    left.push(...edited.left);
    if (edited.jobs.length > 0) files.push(edited);
  }
  for (const file of files) await replaceFileText(open.project.config.root, file);
  const jobs = files.flatMap((file) => file.jobs);
  if (!input.stateless) await session.change(jobs.flatMap((job) => stateChange(estate, job, now)));
  return documentOf(files, left);
}

/** Why a job's manifest is not looked at. */
function whyNot({ live, state }: Match, stateless: boolean, now: Date, differs: () => boolean): string | undefined {
  if (live === undefined) {
    return state === undefined ? undefined : "it is gone live: remove its manifest, or apply to make it again";
  }
  if (state === undefined && !stateless) {
    return differs() ? "it is not adopted yet, so nothing tells a change by hand from one in Git" : undefined;
  }
  const until = state?.hold?.until;
  return until !== undefined && new Date(until).getTime() > now.getTime()
    ? `it is held until ${untilText(until)}`
    : undefined;
}

/** The base follows what was taken into the manifest; what differs still keeps the base that it had. */
function stateChange({ input }: Estate, { match, desired, remaining }: EditedJob, now: Date): readonly StateChange[] {
  const { live, state } = match;
  if (live === undefined || state === undefined) return [];
  const { secrets, fingerprint } = input;
  const shapes = shape(
    { table: input.platform(desired.provider).fields, secrets, triggerIds: state.triggerIds ?? {} },
    desired.document,
    live.document,
    baseDocument(state.declared),
  );
  const hash = (ref: Parameters<typeof secrets.value>[0]): string | undefined => {
    const value = secrets.value(ref);
    return value === undefined ? undefined : fingerprint(value);
  };
  const job = jobEntry({ secrets, fingerprint, now }, desired, live, state, {
    ...(state.unverified === undefined ? {} : { unverified: state.unverified }),
    ...(remaining.length === 0 ? {} : { declared: followedBase(shapes, remaining, hash) }),
  });
  return [{ kind: "put", address: desired.address, job }];
}

function documentOf(files: readonly EditedFile[], left: readonly LeftAsWritten[]): DriftedDocument {
  const byAddress = (a: { address: Address }, b: { address: Address }): number => (a.address < b.address ? -1 : 1);
  return {
    formatVersion: 1,
    edited: files
      .flatMap(({ file, jobs }) =>
        jobs.map(({ desired, changes }) => ({ address: desired.address, file, changes: changes.map(toReport) })),
      )
      .sort(byAddress),
    left: left.toSorted(byAddress),
  };
}

/** A change the other way round: the manifest moved to what is live. */
function toReport({ op, path, before, after, cause }: Change): DriftedChange {
  const reversed = { add: "remove", remove: "add", replace: "replace" } as const;
  return {
    ...{ op: reversed[op], path, cause },
    ...(after === undefined ? {} : { before: toJson(after) }),
    ...(before === undefined ? {} : { after: toJson(before) }),
  };
}

/** Values of secrets taken out; addresses, files and paths stay whole. */
function redactDrifted(document: DriftedDocument, { json, text }: Redactor): DriftedDocument {
  const value = <K extends "before" | "after">(key: K, change: DriftedChange): Partial<DriftedChange> =>
    change[key] === undefined ? {} : { [key]: json(change[key]) };
  return {
    ...document,
    edited: document.edited.map((job) => ({
      ...job,
      changes: job.changes.map((change) => ({ ...change, ...value("before", change), ...value("after", change) })),
    })),
    left: document.left.map((each) => ({ ...each, reason: text(each.reason) })),
  };
}
