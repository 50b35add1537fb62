import { type ApplyOptions as ApplyCommandOptions, apply as applyCommand } from "../commands/apply.ts";
import { driftExitCode, withPlan } from "../commands/plan.ts";
import type { PlanOptions as PlanCommandOptions } from "../commands/plan-options.ts";
import { savedPlan, withChecksum } from "../commands/saved-plan.ts";
import { type EventDocument, eventDocument } from "../render/event-document.ts";
import { renderHtml } from "../render/html.ts";
import { renderMarkdown } from "../render/markdown.ts";
import {
  applyDocument,
  documentText,
  driftDocument,
  type PlanDocument,
  toPlanDocument,
} from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { redactPlan } from "../render/redact-plan.ts";
import { renderDrift, renderPlan } from "../render/text.ts";
import { openedOf } from "./opened.ts";
import type { Project } from "./project.ts";

/** Narrows what is looked at: a job is in if every given list says so. */
export interface DriftOptions {
  /** Only jobs of these targets. */
  readonly target?: readonly string[];
  /** Only jobs whose address matches one of these; `*` stands for any characters. */
  readonly only?: readonly string[];
  /** Not the jobs whose address matches one of these. */
  readonly exclude?: readonly string[];
  /** Only jobs whose file differs from this commit. */
  readonly changedSince?: string;
  /** Many owned jobs may be missing. */
  readonly acceptMissing?: boolean;
  /** No manifest is no error. */
  readonly allowEmpty?: boolean;
}

/** What a plan may hold; each is the flag of `jobwright plan` of that name. */
export interface PlanOptions extends DriftOptions {
  /** Delete owned jobs whose manifest is gone. */
  readonly prune?: boolean;
  /** Allow replacing a job where a field cannot be changed in place. */
  readonly allowReplace?: boolean;
  /** Switch on what was paused by hand. */
  readonly resume?: boolean;
  /** Only what live moved; pending changes stay pending. */
  readonly onlyCause?: "drift";
  /** Secrets to write again: `<address>/<name>`. */
  readonly rotate?: readonly string[];
  readonly maxDeletes?: number;
  readonly maxUpdates?: number;
  /** Write Git's side of conflicts where the config has `safety.conflicts: refuse`. */
  readonly overwriteConflicts?: boolean;
}

/** How to apply. */
export interface ApplyOptions extends PlanOptions {
  /** A document of `plan()`: it is applied as it is or not at all; the other options of a plan are its own then. */
  readonly plan?: PlanDocument;
  /** How long to wait for another run to finish, in milliseconds. Default: not at all. */
  readonly lockTimeoutMs?: number;
  /** Called with the plan before anything is sent; what it throws ends the run, and nothing is sent. */
  readonly onPlan?: (plan: PlanDocument) => void | Promise<void>;
  /** Called when an action begins and when it ends. Must not throw. */
  readonly onEvent?: (event: EventDocument) => void;
}

/** What apply would do, or what live did. */
export interface Planned {
  /** What `--json` prints, and what `apply` takes. It holds no secret. */
  readonly document: PlanDocument;
  /** Whether apply would do anything. */
  readonly changed: boolean;
  /** Whether something was changed live behind Git's back. */
  readonly drifted: boolean;
  /** Whether a safety rule stands against applying it; `document.refusals` says which. */
  readonly refused: boolean;
  /** As the command line shows it, without colours. */
  text(): string;
  /** For a comment or a summary. */
  markdown(): string;
  /** A page of its own. */
  html(): string;
}

/** What came of an apply. */
export interface Applied {
  /** The plan's document with a `result` on every action. */
  readonly document: PlanDocument;
  /** Whether every action was applied, everything is recorded, and what was written is as declared. */
  readonly ok: boolean;
  /** 0, 1 or 130, as of the command line. */
  readonly exitCode: number;
}

/**
 * What `apply` would do. Changes nothing. A plan that a safety rule refuses is answered too. Throws InvalidInputError
 * where the project has errors, and ApiError where a platform cannot be read.
 */
export function plan(project: Project, options: PlanOptions = {}): Promise<Planned> {
  return planned(project, options, "plan");
}

/** What was changed live behind Git's back. Changes nothing. Throws as {@link plan} does. */
export function drift(project: Project, options: DriftOptions = {}): Promise<Planned> {
  return planned(project, options, "drift");
}

async function planned(project: Project, options: PlanOptions, kind: "plan" | "drift"): Promise<Planned> {
  const { shell, options: globals } = openedOf(project);
  const { redactor, style } = shell;
  const commandOptions: PlanCommandOptions = { ...options, ...globals };
  return withPlan(shell, commandOptions, async ({ plan, meta, words, shifts }) => {
    const starts = shifts?.(kind) ?? [];
    const document = kind === "plan" ? toPlanDocument(plan, meta) : driftDocument(plan, meta);
    const redacted = redactPlanDocument(document, redactor);
    const shown = redactPlan(plan, redactor);
    return {
      document: kind === "plan" ? withChecksum(redacted) : redacted,
      changed: plan.actions.length > 0,
      drifted: plan.drifted,
      refused: kind === "plan" ? plan.refusals.length > 0 : driftExitCode(plan) === 3,
      text: () => redactor.text((kind === "plan" ? renderPlan : renderDrift)(shown, style, words)),
      markdown: () => redactor.text(renderMarkdown(shown, { kind, meta, words })),
      html: () => redactor.text(renderHtml(shown, { kind, meta, words, shifts: starts })),
    };
  });
}

/**
 * Plans and applies, or applies a plan that `plan()` made. Calling it is the approval: it does not ask. Actions that fail
 * are told in the document; throws RefusedError, and has sent nothing, where a safety rule or a stale plan stands
 * against it, and a JobwrightError with the reason `interrupted` where the signal stopped it before any action.
 */
export async function apply(project: Project, options: ApplyOptions = {}): Promise<Applied> {
  const { shell, options: globals } = openedOf(project);
  const { redactor, runtime } = shell;
  const { plan: made, onPlan, onEvent, ...decisions } = options;
  let document: PlanDocument | undefined;
  const commandOptions: ApplyCommandOptions = {
    ...(made === undefined ? decisions : { saved: savedPlan(documentText(made), "the plan") }),
    ...(decisions.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: decisions.lockTimeoutMs }),
    ...globals,
    json: true,
    autoApprove: true,
    onPlan: async (plan, meta) => onPlan?.(redactPlanDocument(toPlanDocument(plan, meta), redactor)),
    onEvent: ({ action, ...event }, run) =>
      onEvent?.(
        eventDocument(action, event.kind === "finished" ? event.result : undefined, {
          at: runtime.clock.wall(),
          run,
          redactor,
        }),
      ),
    onResults: (plan, results, meta) => {
      document = redactPlanDocument(applyDocument(plan, results, meta), redactor);
    },
  };
  const { exitCode } = await applyCommand(shell, commandOptions);
  if (document === undefined) throw new Error("apply ended without a result");
  return { document, ok: exitCode === 0, exitCode };
}
