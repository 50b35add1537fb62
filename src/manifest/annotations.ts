import { isObject, own, SecretRef, type Value } from "../model/document.ts";
import type { Annotations, OnRemove, ProviderId } from "../model/job.ts";
import { checkName } from "./names.ts";
import { isPointer } from "./patch.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import { closest } from "./suggest.ts";

const PREFIX = "jobwright.dev/";

const NAMES = ["target", "protect", "on-remove", "id", "moved-from", "ignore"];

const KEYS = NAMES.map((name) => `${PREFIX}${name}`);

/** What a manifest says that says nothing. */
const NO_ANNOTATIONS: Annotations = { protect: false, onRemove: "delete", ignore: [] };

/**
 * Reads a manifest's annotations. Their types and fixed choices are the schema's matter; this checks the rest, and
 * reports what is not ours.
 */
export function readAnnotations(metadata: Value | undefined, provider: ProviderId, report: Report): Annotations {
  const written = isObject(metadata) ? own(metadata, "annotations") : undefined;
  if (!isObject(written)) return NO_ANNOTATIONS;
  for (const [key, value] of Object.entries(written)) checkKey(key, value, report);
  const id = checkId(text(written, "id"), provider, report);
  const movedFrom = checkMovedFrom(text(written, "moved-from"), provider, metadata, report);
  return {
    protect: own(written, `${PREFIX}protect`) === "true" || own(written, `${PREFIX}protect`) === true,
    onRemove: onRemove(text(written, "on-remove")),
    ...(id === undefined ? {} : { id }),
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ignore: readIgnore(text(written, "ignore"), report),
  };
}

/** The text of an annotation by its short name. */
export function text(annotations: Value | undefined, name: string): string | undefined {
  const value = isObject(annotations) ? own(annotations, `${PREFIX}${name}`) : undefined;
  return typeof value === "string" ? value : undefined;
}

function pathOf(key: string): readonly string[] {
  return ["metadata", "annotations", key];
}

function checkKey(key: string, value: Value, report: Report): void {
  const path = pathOf(key);
  if (KEYS.includes(key)) {
    if (!(value instanceof SecretRef)) return;
    const hint = "Only ${var:NAME} can stand in jobwright's annotations.";
    report({ code: "JW1216", message: `${quote(key)} cannot come from the environment or a file`, hint, path });
    return;
  }
  if (/^jobwright(?:\.dev|\.io|\.com)?[/.]/i.test(key)) {
    const meant = closest(key.slice(key.lastIndexOf("/") + 1), NAMES);
    const hint =
      meant === undefined ? `Known are ${KEYS.join(", ")}.` : `Did you mean ${JSON.stringify(PREFIX + meant)}?`;
    report({ code: "JW1110", message: `unknown annotation ${quote(key)}`, hint, path, part: "key" });
    return;
  }
  const hint = "The platform has no annotations; for Blaxel, labels can be used instead.";
  report({
    code: "JW1112",
    severity: "warning",
    message: `the annotation ${quote(key)} is not sent`,
    hint,
    path,
    part: "key",
  });
}

function onRemove(value: string | undefined): OnRemove {
  return value === "disable" || value === "forget" ? value : "delete";
}

function checkId(id: string | undefined, provider: ProviderId, report: Report): string | undefined {
  if (id === undefined) return undefined;
  const path = pathOf(`${PREFIX}id`);
  if (provider !== "nimble") {
    report({
      code: "JW1111",
      message: "only Nimble jobs have an id besides their name",
      hint: "Remove the annotation.",
      path,
    });
    return undefined;
  }
  if (/^job_[1-9]\d{0,30}$/.test(id)) return id;
  report({ code: "JW1111", message: `${quote(id)} is not an id of Nimble`, hint: "Ids look like job_7.", path });
  return undefined;
}

function checkMovedFrom(
  name: string | undefined,
  provider: ProviderId,
  metadata: Value | undefined,
  report: Report,
): string | undefined {
  if (name === undefined) return undefined;
  const path = pathOf(`${PREFIX}moved-from`);
  const problem = checkName(name, provider);
  if (problem !== undefined) {
    report({
      code: "JW1111",
      message: `moved-from: ${problem.message}`,
      hint: "Write the job's former name, without its target.",
      path,
    });
    return undefined;
  }
  if (isObject(metadata) && own(metadata, "name") === name) {
    report({ code: "JW1111", message: "moved-from is the job's own name", hint: "Remove the annotation.", path });
    return undefined;
  }
  return name;
}

function readIgnore(value: string | undefined, report: Report): readonly string[] {
  const pointers = (value ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return pointers.filter((pointer) => {
    if (isPointer(pointer) && pointer !== "") return true;
    const hint = "One JSON Pointer a line, such as /spec/schedule/enabled.";
    report({
      code: "JW1111",
      message: `${quote(pointer)} is not a JSON Pointer to a field`,
      hint,
      path: pathOf(`${PREFIX}ignore`),
      text: pointer,
    });
    return false;
  });
}
