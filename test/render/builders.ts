import type { Value, ValueObject } from "../../src/model/document.ts";
import type { DesiredJob, ProviderId } from "../../src/model/job.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { Action, Change, Plan, Standing, Summary } from "../../src/model/plan.ts";
import type { RenderStyle } from "../../src/render/style.ts";
import type { Words } from "../../src/render/words.ts";

/** A change with a cause of `pending` unless told otherwise. */
export function replaced(path: string, before: Value, after: Value, rest: Partial<Change> = {}): Change {
  return { op: "replace", path, before, after, cause: "pending", ...rest };
}

export function added(path: string, after: Value, rest: Partial<Change> = {}): Change {
  return { op: "add", path, after, cause: "pending", ...rest };
}

export function removed(path: string, before: Value, rest: Partial<Change> = {}): Change {
  return { op: "remove", path, before, cause: "pending", ...rest };
}

/** A job as declared, with the spec given. */
export function desiredJob(address: string, spec: ValueObject = { agent_name: "a" }): DesiredJob {
  const [target = "", name = ""] = address.split("/");
  const provider: ProviderId = target.startsWith("blaxel") ? "blaxel" : "nimble";
  return {
    address,
    target,
    provider,
    apiVersion: provider === "blaxel" ? "blaxel.ai/v1alpha1" : "nimbleway.com/v1",
    name,
    document: { metadata: { name }, spec },
    annotations: { protect: false, onRemove: "delete", ignore: [] },
    ignore: [],
    source: { file: `jobs/${name}.yaml`, line: 1, column: 1 },
  };
}

/** An action with sensible requests for its kind; `rest` overrides. */
export function action(address: string, kind: Action["action"], rest: Partial<Action> = {}): Action {
  const desired = desiredJob(address);
  const gone = kind === "delete" || kind === "forget";
  return {
    address,
    target: desired.target,
    provider: desired.provider,
    action: kind,
    ...(kind === "create" ? {} : { id: "job_7" }),
    ...(gone ? {} : { source: desired.source, desired }),
    changes: [],
    requests: [],
    precondition: `sha256:${"0".repeat(64)}`,
    notes: [],
    ...rest,
  };
}

export function standing(address: string, kind: Standing["kind"], note = ""): Standing {
  return { address, target: address.split("/")[0] ?? "", kind, note };
}

/** A plan whose summary counts what is given. */
export function plan(
  actions: readonly Action[],
  rest: Partial<Omit<Plan, "summary">> & { summary?: Partial<Summary> } = {},
): Plan {
  const standings = rest.standings ?? [];
  const kinds = (kind: Action["action"]): number => actions.filter((each) => each.action === kind).length;
  const standing = (kind: Standing["kind"]): number => standings.filter((each) => each.kind === kind).length;
  return {
    actions: [...actions].sort((a, b) => (a.address < b.address ? -1 : 1)),
    standings,
    refusals: [],
    warnings: [],
    digest: `sha256:${"d".repeat(64)}`,
    targets: {
      nimble: { provider: "nimble", origin: "https://sdk.nimbleway.com" },
      blaxel: { provider: "blaxel", origin: "https://api.blaxel.ai", workspace: "acme" },
    },
    settled: [],
    drifted: false,
    narrowed: false,
    ...rest,
    summary: {
      create: kinds("create"),
      update: kinds("update"),
      replace: kinds("replace"),
      delete: kinds("delete"),
      adopt: kinds("adopt"),
      forget: kinds("forget"),
      unchanged: 0,
      unmanaged: standing("unmanaged"),
      paused: standing("paused"),
      held: standing("held"),
      orphaned: standing("orphaned"),
      ...rest.summary,
    },
  };
}

export function result(status: ActionResult["status"], rest: Partial<ActionResult> = {}): ActionResult {
  return { status, class: status === "applied" ? "done" : "not-done", notes: [], ...rest };
}

/** A terminal without colour. */
export function terminal(width = 100, unicode = true): RenderStyle {
  return { width, unicode, paint: (_paint, text) => text };
}

/** Marks what is painted: `<add|text>`. */
export function painted(width = 100): RenderStyle {
  return { width, unicode: true, paint: (paint, text) => `<${paint}|${text}>` };
}

/** Two schedules that are known in words. */
export const WORDS: Words = {
  describeCron: (cron) =>
    cron === "0 6 * * *" ? "every day at 06:00" : cron === "0 7 * * *" ? "every day at 07:00" : undefined,
  nextRuns: (cron) => (cron === "0 7 * * *" ? [new Date("2026-11-24T07:00:00Z")] : []),
};
