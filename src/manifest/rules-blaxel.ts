import { isList, isObject, own, SecretRef, type Value, type ValueObject } from "../model/document.ts";
import { quote } from "./quote.ts";
import { checkUnique, type RuleContext, refuseSecret } from "./rule-context.ts";

/** What Blaxel's API refuses, or takes and cannot run. */
export function checkBlaxel(document: ValueObject, context: RuleContext): void {
  checkMetadata(own(document, "metadata"), context);
  const spec = own(document, "spec");
  if (!isObject(spec)) return;
  const { report } = context;
  const runtime = own(spec, "runtime");
  if (isObject(runtime)) {
    checkUnique(own(runtime, "envs"), ["spec", "runtime", "envs"], "name", "the environment variable", report);
    checkUnique(own(runtime, "ports"), ["spec", "runtime", "ports"], "target", "the port", report);
    checkEnvs(own(runtime, "envs"), context);
  }
  checkUnique(own(spec, "volumes"), ["spec", "volumes"], "name", "the volume", report);
  checkUnique(own(spec, "triggers"), ["spec", "triggers"], "id", "the trigger", report);
  checkRepeats(own(spec, "policies"), ["spec", "policies"], context);
  const triggers = own(spec, "triggers");
  for (const [index, trigger] of isList(triggers) ? triggers.entries() : []) {
    checkTrigger(trigger, ["spec", "triggers", String(index)], context);
  }
}

function checkMetadata(metadata: Value | undefined, { report, textOf }: RuleContext): void {
  if (!isObject(metadata)) return;
  const displayName = textOf(own(metadata, "displayName"));
  const length = displayName === undefined ? 0 : Array.from(displayName).length;
  if (length > 63) {
    report({
      code: "JW1108",
      message: `displayName has ${length} characters; at most 63 are allowed`,
      hint: "Shorten it; labels hold what else is to be known.",
      path: ["metadata", "displayName"],
    });
  }
  const externalId = textOf(own(metadata, "externalId"));
  if (externalId !== undefined && !/^[A-Za-z0-9-]{1,64}$/.test(externalId)) {
    const hint = "It holds letters, digits and hyphens, at most 64.";
    report({
      code: "JW1108",
      message: "externalId is not one that Blaxel takes",
      hint,
      path: ["metadata", "externalId"],
    });
  }
}

function checkEnvs(envs: Value | undefined, { report }: RuleContext): void {
  if (!isList(envs)) return;
  envs.forEach((env, index) => {
    if (!isObject(env)) return;
    const path = ["spec", "runtime", "envs", String(index)];
    const name = own(env, "name");
    if (typeof name === "string" && /[=\x00-\x20\x7f]/.test(name)) {
      report({
        code: "JW1203",
        message: `${quote(name)} cannot be the name of an environment variable`,
        hint: "It holds a space, = or a control character.",
        path: [...path, "name"],
      });
    }
    if ((own(env, "value") ?? null) !== null && (own(env, "valueFrom") ?? null) !== null) {
      report({
        code: "JW1207",
        message: "value and valueFrom exclude each other",
        hint: "Remove one of them.",
        path: [...path, "valueFrom"],
        part: "key",
      });
    }
  });
}

function checkRepeats(list: Value | undefined, path: readonly string[], { report }: RuleContext): void {
  if (!isList(list)) return;
  const seen = new Set<Value>();
  list.forEach((item, index) => {
    if (typeof item !== "string" || seen.size < seen.add(item).size) return;
    report({
      code: "JW1207",
      severity: "warning",
      message: `${quote(item)} stands here twice`,
      hint: "Remove one of them.",
      path: [...path, String(index)],
    });
  });
}

function checkTrigger(trigger: Value, path: readonly string[], context: RuleContext): void {
  if (!isObject(trigger)) return;
  const { report } = context;
  const type = own(trigger, "type");
  if (type instanceof SecretRef) refuseSecret(report, [...path, "type"], "a trigger's type");
  const configuration = own(trigger, "configuration");
  const settings = isObject(configuration) ? configuration : {};
  const schedule = own(settings, "schedule") ?? undefined;
  const at = [...path, "configuration", "schedule"];
  if (type === "cron" && schedule === undefined) {
    const hint = 'Write configuration: { schedule: "0 * * * *" }.';
    report({ code: "JW1208", message: "a cron trigger needs a schedule", hint, path });
  }
  if (schedule !== undefined) context.cron.check(schedule, at, context);
  if (schedule !== undefined && type !== "cron" && typeof type === "string") {
    const hint = "Write type: cron, or remove the schedule.";
    report({
      code: "JW1209",
      severity: "warning",
      message: `the schedule of a trigger of the type ${type} does nothing`,
      hint,
      path: at,
    });
  }
  const timeout = own(settings, "timeout");
  if (type === "http-async" && typeof timeout === "number" && timeout > 900) {
    report({
      code: "JW1108",
      severity: "warning",
      message: `a timeout of ${timeout} seconds is more than the 900 that Blaxel keeps`,
      hint: "Write 900 or less.",
      path: [...path, "configuration", "timeout"],
    });
  }
}
