import type { Value } from "../model/document.ts";
import type { ProviderId } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { Cause } from "../model/plan.ts";
import type { FieldOwner, FieldRow, JobStanding, Status, StatusRow } from "../model/status.ts";
import { toJson } from "../state/codec.ts";
import type { Redactor } from "./redact.ts";

/** What a status document tells besides the jobs. */
export interface StatusMeta {
  /** `jobwright/0.1.0`. */
  readonly tool: string;
  /** RFC 3339; next runs are counted from it. */
  readonly createdAt: string;
  /** The `--env` chosen; "" for none. */
  readonly environment: string;
}

/** One field of a job in a document. */
export interface FieldDocument {
  readonly path: string;
  readonly owner: FieldOwner;
  readonly by?: string;
  readonly secret?: true;
  readonly live?: Json;
  readonly declared?: Json;
  readonly cause?: Cause;
  readonly removed?: true;
}

/** One job in a document. */
export interface StatusJobDocument {
  readonly address: string;
  readonly standing: JobStanding;
  readonly also: readonly JobStanding[];
  readonly target: string;
  readonly provider: ProviderId;
  readonly id?: string;
  readonly live: boolean;
  readonly source?: { readonly file: string; readonly line: number; readonly column: number };
  readonly notes: readonly string[];
  readonly changes: readonly { readonly path: string; readonly cause: Cause }[];
  readonly schedules: readonly { readonly cron: string; readonly words: string; readonly on: boolean }[];
  readonly nextRun?: string;
  readonly lastRun?: { readonly at?: string; readonly status?: string };
  readonly deployment?: string;
  readonly lastChange?: { readonly at: string; readonly by?: string; readonly sinceApply?: boolean };
  readonly hold?: { readonly until: string; readonly reason: string };
  /** With `--fields`. */
  readonly fields?: readonly FieldDocument[];
}

/** What `status --json` writes (schemas/status.schema.json). Fields may be added, readers ignore unknown ones. */
export interface StatusDocument {
  readonly formatVersion: 1;
  readonly tool: string;
  readonly createdAt: string;
  readonly environment: string;
  readonly narrowed: boolean;
  readonly jobs: readonly StatusJobDocument[];
  readonly summary: {
    readonly jobs: number;
    readonly standings: Readonly<Record<JobStanding, number>>;
    readonly live: number;
    readonly managed: number;
    readonly unmanaged: number;
    /** null where nothing is live. */
    readonly managedPercent: number | null;
  };
  readonly warnings: Status["warnings"];
}

/**
 * The document of a status, known secret values taken out of everything that is not an identity (address, id, target,
 * path) or our own vocabulary. `fields` are those of the one job that was asked about.
 */
export function statusDocument(
  status: Status,
  meta: StatusMeta,
  redactor: Redactor,
  fields?: readonly FieldRow[],
): StatusDocument {
  const { rows, summary, narrowed, warnings } = status;
  const { managedPercent = null, ...counts } = summary;
  return {
    formatVersion: 1,
    tool: meta.tool,
    createdAt: meta.createdAt,
    environment: meta.environment,
    narrowed,
    jobs: rows.map((row) => jobDocument(row, redactor, fields)),
    summary: { ...counts, managedPercent },
    warnings: warnings.map(({ message, ...rest }) => ({ ...rest, message: redactor.text(message) })),
  };
}

function jobDocument(row: StatusRow, redactor: Redactor, fields: readonly FieldRow[] | undefined): StatusJobDocument {
  const { text } = redactor;
  const { id, source, nextRun, lastRun, deployment, lastChange, hold } = row;
  return {
    address: row.address,
    standing: row.standing,
    also: row.also,
    target: row.target,
    provider: row.provider,
    ...(id === undefined ? {} : { id }),
    live: row.live,
    ...(source === undefined ? {} : { source: { file: source.file, line: source.line, column: source.column } }),
    notes: row.notes.map(text),
    changes: row.changes,
    schedules: row.schedules.map(({ cron, words, on }) => ({ cron: text(cron), words: text(words), on })),
    ...(nextRun === undefined ? {} : { nextRun: nextRun.toISOString() }),
    ...(lastRun === undefined ? {} : { lastRun: texts(lastRun, text) }),
    ...(deployment === undefined ? {} : { deployment: text(deployment) }),
    ...(lastChange === undefined ? {} : { lastChange: { ...lastChange, ...texts(whoOf(lastChange), text) } }),
    ...(hold === undefined ? {} : { hold: { until: hold.until, reason: text(hold.reason) } }),
    ...(fields === undefined ? {} : { fields: fields.map((field) => fieldDocument(field, redactor)) }),
  };
}

function whoOf({ at, by }: { readonly at: string; readonly by?: string }): {
  readonly at: string;
  readonly by?: string;
} {
  return { at, ...(by === undefined ? {} : { by }) };
}

function texts<T extends Readonly<Record<string, string>>>(fields: T, text: (value: string) => string): T {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, text(value)])) as T;
}

function fieldDocument({ live, declared, ...field }: FieldRow, { json }: Redactor): FieldDocument {
  const told = (value: Value): Json => json(toJson(value));
  return {
    ...field,
    ...(live === undefined ? {} : { live: told(live) }),
    ...(declared === undefined ? {} : { declared: told(declared) }),
  };
}
