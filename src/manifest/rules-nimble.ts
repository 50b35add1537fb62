import { isList, isObject, own, type Value, type ValueObject } from "../model/document.ts";
import type { RuleContext } from "./rule-context.ts";

/** What Nimble's API refuses, or takes and cannot run. */
export function checkNimble(document: ValueObject, context: RuleContext): void {
  const spec = own(document, "spec");
  if (!isObject(spec)) return;
  checkSchedule(own(spec, "schedule"), context);
  checkInputs(own(spec, "inputs"), context);
  checkDestination(own(spec, "destination"), context);
}

function checkSchedule(schedule: Value | undefined, context: RuleContext): void {
  if (!isObject(schedule)) return;
  context.cron.check(own(schedule, "cron"), ["spec", "schedule", "cron"], context);
  if (own(schedule, "enabled") !== undefined) return;
  context.report({
    code: "JW1215",
    severity: "warning",
    message: "the schedule does not say whether it is enabled",
    hint: "Write enabled: true or enabled: false: the API needs it to make the job. Left out, the live state of an existing job stays.",
    path: ["spec", "schedule"],
    part: "key",
  });
}

function checkInputs(inputs: Value | undefined, { report, textOf }: RuleContext): void {
  if (!isObject(inputs)) return;
  const path = ["spec", "inputs"];
  const type = own(inputs, "type");
  const data = own(inputs, "data") ?? undefined;
  const file = own(inputs, "file_path") ?? undefined;
  const text = textOf(file);
  const warn = (message: string, hint: string, at: string[]) =>
    report({
      code: "JW1210",
      severity: "warning",
      message,
      hint,
      path: at,
      ...(at === path ? { part: "key" as const } : {}),
    });
  if (text !== undefined && !/^(?:s3|file_)/.test(text)) {
    const hint = "The API takes paths that begin with s3 (s3://bucket/key) or file_ (an uploaded file).";
    report({
      code: "JW1210",
      message: 'file_path must begin with "s3" or "file_"',
      hint,
      path: [...path, "file_path"],
    });
  } else if (text !== undefined && type === "s3" && !text.startsWith("s3")) {
    warn(
      "inputs of the type s3 are read from an uploaded file here",
      "Write type: file, or a path that begins with s3.",
      [...path, "file_path"],
    );
  } else if (text !== undefined && type === "file" && !text.startsWith("file_")) {
    warn("inputs of the type file are read from S3 here", "Write type: s3, or a path that begins with file_.", [
      ...path,
      "file_path",
    ]);
  }
  if (type === "inline") {
    if (data === undefined) warn("inputs of the type inline have no data", "Write the records under data.", path);
    if (file !== undefined)
      warn("file_path is not used by inputs of the type inline", "Remove it, or choose another type.", [
        ...path,
        "file_path",
      ]);
  }
  if (type === "s3" || type === "file") {
    if (file === undefined) warn(`inputs of the type ${type} have no file_path`, "Write where the records are.", path);
    if (data !== undefined)
      warn(`data is not used by inputs of the type ${type}`, "Remove it, or write type: inline.", [...path, "data"]);
  }
  if (isList(data) && data.length === 0 && type === "inline")
    warn("there is no record in data", "The job would have nothing to do.", [...path, "data"]);
}

function checkDestination(destination: Value | undefined, { report, textOf }: RuleContext): void {
  if (!isObject(destination)) return;
  const path = textOf(own(destination, "path"));
  const type = own(destination, "type");
  if (path === undefined || (type !== "s3" && type !== "file")) return;
  const isS3 = path.startsWith("s3");
  if (isS3 === (type === "s3")) return;
  const message =
    type === "s3"
      ? "a destination of the type s3 does not begin with s3"
      : "a destination of the type file is a path of S3";
  report({
    code: "JW1210",
    severity: "warning",
    message,
    hint: "Check type and path.",
    path: ["spec", "destination", "path"],
  });
}
