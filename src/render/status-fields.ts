import type { Cause } from "../model/plan.ts";
import { FIELD_OWNERS, type FieldOwner, type FieldRow, type StatusRow } from "../model/status.ts";
import { pathText } from "./path-text.ts";
import { safeText, widthOf } from "./safe.ts";
import { cutCell } from "./status-table.ts";
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

/** The share of a line that paths are lined up to; wider ones push their row's owner to the right. */
const PATH_SHARE = 0.45;

/** Each field of a job with its owner and its live value, and what is declared where that differs. */
export function renderFields(row: StatusRow, fields: readonly FieldRow[], style: RenderStyle): string {
  const names = fields.map(({ path }) => pathText(path));
  const owners = fields.map(ownerText);
  const nameColumn = Math.min(Math.floor(columnsOf(style) * PATH_SHARE), Math.max(0, ...names.map(widthOf)));
  const ownerColumn = Math.max(0, ...owners.map(widthOf));
  const lines = fields.flatMap((field, at) => {
    const name = cutCell(names[at] ?? "", columnsOf(style) - 4, style);
    const owner = owners[at] ?? "";
    const indent = 2 + nameColumn + 2 + ownerColumn + 2;
    const head = `  ${pad(name, nameColumn)}  ${padPaint(style, PAINTS[field.owner], owner, ownerColumn)}`;
    return valueLines(field, head, indent, style);
  });
  return finish([
    `${style.paint("strong", shown(style, row.address))}  ${STANDING_WORDS[row.standing]}${placeText(row, style)}`,
    ...row.notes.flatMap((note) => wrapped(style, note, 4).map((text) => style.paint("dim", text))),
    "",
    ...lines,
    "",
    ...wrapped(style, ownersText(fields), 0),
  ]);
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

function valueLines(field: FieldRow, head: string, indent: number, style: RenderStyle): readonly string[] {
  const { live, cause } = field;
  const room = Math.max(20, columnsOf(style) - indent);
  const value = live === undefined ? style.paint("dim", "(not live)") : cutCell(inlineValue(live), room, style);
  if (cause === undefined)
    return [`${head}  ${value}`, ...(live === undefined ? declaredLine(field, indent, style) : [])];
  return [`${head}  ${value}`, ...declaredLine(field, indent, style)];
}

function declaredLine({ declared, removed, cause }: FieldRow, indent: number, style: RenderStyle): readonly string[] {
  const why = cause === undefined ? "" : `  (${CAUSES[cause]})`;
  const value = removed ? "to be removed" : declared === undefined ? "" : inlineValue(declared);
  const text = removed ? value : value === "" ? "" : `Git: ${value}`;
  if (text === "" && why === "") return [];
  const room = Math.max(20, columnsOf(style) - indent - widthOf(why));
  return [`${" ".repeat(indent)}${style.paint("change", `${cutCell(text, room, style)}${why}`.trim())}`];
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

function padPaint(style: RenderStyle, paint: Paint | undefined, text: string, width: number): string {
  return `${paint === undefined ? text : style.paint(paint, text)}${" ".repeat(Math.max(0, width - widthOf(text)))}`;
}
