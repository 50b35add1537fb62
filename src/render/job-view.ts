import type { Action, ActionKind, Change, Plan, Refusal } from "../model/plan.ts";
import { fromJson } from "../state/codec.ts";
import { aboutLines, requestText, touchedLines } from "./about.ts";
import { type ChangeView, DOCUMENT_LIMITS, viewChanges } from "./change-view.ts";
import { isDestructive, SYMBOLS } from "./counts.ts";
import { viewDrift } from "./drift-view.ts";
import type { ReportKind } from "./report.ts";
import { DRIFT_VOICE, planVoice, type Voice } from "./voice.ts";
import { scheduleWords, type Words } from "./words.ts";

/** One job in a report. Strings of `about` and `requests` are not made safe; those of `changes` are. */
export interface JobView {
  readonly action: Action;
  /** `update`; `changed live` in a drift report. */
  readonly word: string;
  readonly symbol: string;
  readonly destructive: boolean;
  readonly changes: readonly ChangeView[];
  readonly voice: Voice;
  readonly about: readonly string[];
  readonly requests: readonly string[];
  readonly refusals: readonly Refusal[];
  /** When a job that is deleted ran, in words. Not made safe. */
  readonly ran: readonly string[];
}

/** What destroys comes first: it is what a reviewer must not miss. */
const ORDER: readonly ActionKind[] = ["delete", "replace", "update", "adopt", "create", "forget"];

/** The jobs of a report: what destroys first, then by address. */
export function viewJobs(plan: Plan, kind: ReportKind, words: Words): readonly JobView[] {
  if (kind === "drift") return viewDrift(plan).moved.map(({ action, changes }) => movedJob(action, changes, words));
  const refusals = refusalsByAddress(plan);
  return ORDER.flatMap((each) => plan.actions.filter(({ action }) => action === each)).map((action) => ({
    action,
    word: action.action,
    symbol: SYMBOLS[action.action],
    destructive: isDestructive(action),
    changes: viewChanges(action, action.changes, { kind, words, limits: DOCUMENT_LIMITS }),
    voice: planVoice(action),
    about: aboutLines(action, words),
    requests: action.requests.map((request) => requestText(request, action)),
    refusals: refusals.get(action.address) ?? [],
    ran: ranWords(action, words),
  }));
}

/** By what was declared last: what is live may not be ours to tell. */
function ranWords({ action, base }: Action, words: Words): readonly string[] {
  if (action !== "delete" || base === undefined) return [];
  return scheduleWords({ op: "remove", path: "", before: fromJson(base.declared).value, cause: "pending" }, words, "→");
}

function movedJob(action: Action, changes: readonly Change[], words: Words): JobView {
  return {
    action,
    word: "changed live",
    symbol: "~",
    destructive: false,
    changes: viewChanges(action, changes, { kind: "drift", words, limits: DOCUMENT_LIMITS }),
    voice: DRIFT_VOICE,
    about: touchedLines(action),
    requests: [],
    refusals: [],
    ran: [],
  };
}

/** Refusals that stand against one job each. */
export function refusalsByAddress(plan: Plan): ReadonlyMap<string, readonly Refusal[]> {
  const map = new Map<string, Refusal[]>();
  for (const refusal of plan.refusals) {
    if (refusal.address === undefined) continue;
    const others = map.get(refusal.address);
    if (others === undefined) map.set(refusal.address, [refusal]);
    else others.push(refusal);
  }
  return map;
}
