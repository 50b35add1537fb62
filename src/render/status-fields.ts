import type { Cause } from "../model/plan.ts";
import { FIELD_OWNERS, type FieldOwner, type FieldRow, type StatusRow } from "../model/status.ts";
import { pathText } from "./path-text.ts";
import { safeText, widthOf } from "./safe.ts";
import { cutCell, paintText } from "./status-table.ts";
import { STANDING_WORDS } from "./status-text.ts";
import { columnsOf, counted, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";
import { inlineValue } from "./value-text.ts";

const PAINTS: Readonly<Record<FieldOwner, Paint | undefined>> = {
  declared: "strong",
  "formerly-declared": "destroy",
  ignored: "dim",
  filled: "adopt",
  default: "dim",
  other: undefined,
  unknown: "warning",
};

const CAUSES: Readonly<Record<Cause, string>> = {
  pending: "pending: Git moved",
  drift: "drift: live moved",
  conflict: "conflict: both moved",
  unknown: "which side moved is not known",
  paused: "paused by hand",
};

/** The share of what owners leave that paths are lined up to; longer ones have a line of their own. */
const PATH_SHARE = 0.55;

/** Where less than this is left for values, they stand on lines of their own. */
const LEAST_ROOM = 20;
const INDENT = 4;

/** Each field of a job with its owner and its live value, and what is declared where it differs. */
export function renderFields(row: StatusRow, fields: readonly FieldRow[], style: RenderStyle): string {
  const columns = columnsOfFields(fields, style);
  return finish([
    `${style.paint("strong", shown(style, row.address))}  ${STANDING_WORDS[row.standing]}${placeText(row, style)}`,
    ...row.notes.flatMap((note) => wrapped(style, note, INDENT).map((text) => style.paint("dim", text))),
    "",
    ...fields.flatMap((field) => fieldLines(field, columns, style)),
    "",
    ...wrapped(style, ownersText(fields), 0),
  ]);
}

interface FieldColumns {
  readonly name: number;
  readonly owner: number;
  /** Where values begin. */
  readonly indent: number;
}

function columnsOfFields(fields: readonly FieldRow[], style: RenderStyle): FieldColumns {
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  const path = widest(fields.map((field) => pathText(field.path)));
  const owner = widest(fields.map(ownerText));
  const left = columnsOf(style) - owner - 6;
  const name = Math.min(path, Math.floor(left * PATH_SHARE));
  if (left - name >= LEAST_ROOM) return { name, owner, indent: columnsOf(style) - left + name };
  return { name: Math.min(path, left), owner, indent: INDENT };
}

function fieldLines(field: FieldRow, columns: FieldColumns, style: RenderStyle): readonly string[] {
  const { indent } = columns;
  const path = cutCell(pathText(field.path), columnsOf(style) - 2, style);
  const owner = ownerText(field);
  const painted = paintText(style, PAINTS[field.owner], owner);
  const [value = "", ...more] = valueTexts(field, columnsOf(style) - indent, style);
  const below = more.map((text) => `${" ".repeat(indent)}${text}`);
  const fits = widthOf(path) <= columns.name;
  if (indent === INDENT) {
    const head = fits ? [`  ${pad(path, columns.name)}  ${painted}`] : [`  ${path}`, `${" ".repeat(INDENT)}${painted}`];
    return [...head, `${" ".repeat(INDENT)}${value}`, ...below];
  }
  const line = `  ${pad(fits ? path : "", columns.name)}  ${painted}${" ".repeat(columns.owner - widthOf(owner))}  ${value}`;
  return [...(fits ? [] : [`  ${path}`]), line, ...below];
}

/** `declared`, `filled by bl deploy`, `only live`. */
export function ownerText({ owner, by, secret }: FieldRow): string {
  const words: Readonly<Record<FieldOwner, string>> = {
    declared: "declared",
    "formerly-declared": "no longer declared",
    ignored: "ignored",
    filled: `filled by ${by ?? "another tool"}`,
    default: "platform default",
    other: "by hand or other",
    unknown: "unknown field",
  };
  return `${words[owner]}${secret ? ", secret" : ""}`;
}

/** What people read for why a field differs. */
export function causeText(cause: Cause): string {
  return CAUSES[cause];
}

/** `14 fields: 8 declared, 2 platform default, 4 unknown field.` */
export function ownersText(fields: readonly FieldRow[]): string {
  if (fields.length === 0) return "No fields.";
  const parts = FIELD_OWNERS.flatMap((owner) => {
    const own = fields.filter((field) => field.owner === owner);
    const words = new Set(own.map(({ secret: _, ...field }) => ownerText(field)));
    return [...words].map((word) => `${own.filter(({ secret: _, ...f }) => ownerText(f) === word).length} ${word}`);
  });
  const secrets = fields.filter(({ secret }) => secret).length;
  const hidden = secrets === 0 ? "" : `; ${counted(secrets, "value is", "values are")} secret`;
  return `${counted(fields.length, "field")}: ${parts.join(", ")}${hidden}.`;
}

/** The live value, and where it differs what is to be there and why. */
function valueTexts(field: FieldRow, room: number, style: RenderStyle): readonly string[] {
  const { live, declared, removed, cause } = field;
  const value = live === undefined ? style.paint("dim", "(not live)") : cutCell(inlineValue(live), room, style);
  const wanted = removed ? "to be removed" : declared === undefined ? "" : `Git: ${inlineValue(declared)}`;
  const why = cause === undefined ? "" : `(${CAUSES[cause]})`;
  if (wanted === "") return why === "" ? [value] : [value, style.paint("change", why)];
  const left = room - (why === "" ? 0 : widthOf(why) + 2);
  if (left < LEAST_ROOM)
    return [value, cutCell(wanted, room, style), why].map((t, i) => (i === 0 ? t : style.paint("change", t)));
  return [value, style.paint("change", `${cutCell(wanted, left, style)}  ${why}`.trimEnd())];
}

function placeText({ source, id, address }: StatusRow, style: RenderStyle): string {
  const parts = [
    ...(id === undefined || address.endsWith(`/${id}`) ? [] : [safeText(id)]),
    ...(source === undefined ? [] : [`${safeText(source.file)}:${source.line}`]),
  ];
  return parts.length === 0 ? "" : `  ${style.paint("dim", parts.join("  "))}`;
}

function pad(text: string, width: number): string {
  return `${text}${" ".repeat(Math.max(0, width - widthOf(text)))}`;
}
