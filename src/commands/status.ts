import blaxel from "../../schemas/blaxel.schema.json" with { type: "json" };
import nimbleV1 from "../../schemas/nimble-v1.schema.json" with { type: "json" };
import nimbleV2 from "../../schemas/nimble-v2.schema.json" with { type: "json" };
import { InvalidInputError, JobwrightError } from "../errors.ts";
import { knownField, type SchemaFiles } from "../manifest/known-field.ts";
import { closestAddress } from "../manifest/suggest.ts";
import { type Address, type ProviderId, splitAddress } from "../model/job.ts";
import type { Plan } from "../model/plan.ts";
import type { Env } from "../model/runtime.ts";
import type { FieldRow, Roster, RosterJob, Status } from "../model/status.ts";
import { fieldOwners, type KnowsField } from "../plan/field-owners.ts";
import { NO_FLAGS, type PlanInput } from "../plan/input.ts";
import { makePlan } from "../plan/plan.ts";
import { rosterOf } from "../plan/roster.ts";
import { documentText } from "../render/plan-document.ts";
import { redactFields } from "../render/redact-plan.ts";
import { statusDocument } from "../render/status-document.ts";
import { renderFields } from "../render/status-fields.ts";
import { renderStatusHtml } from "../render/status-html.ts";
import { statusOf } from "../render/status-rows.ts";
import { renderStatus } from "../render/status-text.ts";
import { during } from "./during.ts";
import { type Estate, planEstate, readEstate } from "./estate.ts";
import { type OpenProject, openProject } from "./project.ts";
import { type NarrowingOptions, scopeOf } from "./scope.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";
import { storeOf } from "./state-store.ts";
import { wordsAt } from "./words.ts";
import { writeReport } from "./write-report.ts";

/** The options of `status`. */
export interface StatusOptions extends GlobalOptions, NarrowingOptions {
  readonly paths?: readonly string[];
  readonly json?: boolean;
  readonly html?: string;
  /** An address, or `<target>/<live id>`: tell of each field of this one job. */
  readonly fields?: string;
  readonly allowEmpty?: boolean;
}

/**
 * `jobwright status`: how every job stands. The plan, read-only, told differently: takes no lock, writes nothing, and
 * its exit code is 0 whatever it finds.
 */
export async function status(shell: Shell, options: StatusOptions): Promise<CommandResult> {
  const open = await openProject(shell, options);
  try {
    const state = await storeOf(shell, open).read();
    const scope = await scopeOf(shell, open.project, narrowedTo(options), state?.jobs);
    const estate = await readEstate({ shell, open, scope, flags: NO_FLAGS, state });
    try {
      return await told(shell, open, options, await planAnyway(estate));
    } finally {
      await estate.close();
    }
  } finally {
    await open.close();
  }
}

/** The fields of one job need its target only. */
function narrowedTo(options: StatusOptions): NarrowingOptions {
  if (options.fields?.includes("/") !== true) return options;
  return { ...options, target: [splitAddress(options.fields).target] };
}

interface Planned {
  readonly plan: Plan;
  readonly input: PlanInput;
}

/** A secret that a PUT would lose stops a plan; here it is only told. */
async function planAnyway(estate: Estate): Promise<Planned> {
  try {
    return await planEstate(estate);
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.diagnostics.some(({ code }) => code !== "JW2060")) throw error;
    const plan = makePlan(estate.input);
    const warnings = error.diagnostics.map(({ code, message, address }) => ({
      code,
      message,
      ...(address === undefined ? {} : { address }),
    }));
    return { plan: { ...plan, warnings: [...plan.warnings, ...estate.warnings, ...warnings] }, input: estate.input };
  }
}

async function told(
  shell: Shell,
  open: OpenProject,
  options: StatusOptions,
  { plan, input }: Planned,
): Promise<CommandResult> {
  const roster = rosterOf(input);
  const only = options.fields === undefined ? undefined : oneJob(roster, options.fields);
  const jobs = only === undefined ? roster : { ...roster, jobs: [only] };
  const words = wordsAt(shell.runtime.clock);
  const whole = statusOf(plan, jobs, words);
  const owners = only && fieldOwners(input, only, knowsFields(only.provider));
  const fields = owners && redactFields(owners, shell.redactor);
  const meta = {
    tool: `jobwright/${shell.version}`,
    createdAt: shell.runtime.clock.wall().toISOString(),
    environment: open.project.config.environment,
  };
  const zone = zoneOf(shell.runtime.env);
  const { html } = options;
  if (html !== undefined) {
    await during(shell, [`Writing ${html}`], () => {
      const page = renderStatusHtml(whole, meta, zone, fields, words.firesInWeek);
      return writeReport(shell, html, shell.redactor.text(page));
    });
  }
  if (options.json) return done(documentText(statusDocument(whole, meta, shell.redactor, fields)));
  return done(`${shell.redactor.text(asText(shell, whole, zone, fields))}\n`);
}

function asText(shell: Shell, whole: Status, zone: string, fields: readonly FieldRow[] | undefined): string {
  const [row] = whole.rows;
  if (fields === undefined || row === undefined) return renderStatus(whole, shell.style, zone);
  return renderFields(row, fields, shell.style);
}

function done(stdout: string): CommandResult {
  return { exitCode: 0, stdout };
}

/** The job that an address means, a managed one first; one of several unmanaged ones is named by its live id. */
function oneJob({ jobs }: Roster, wanted: Address): RosterJob {
  const named = jobs.filter(({ address }) => address === wanted);
  const managed = named.filter(({ desired, state }) => desired !== undefined || state !== undefined);
  const byId = jobs.filter(({ target, live }) => `${target}/${live?.id ?? ""}` === wanted);
  const found = [managed, named, byId].find((each) => each.length > 0) ?? [];
  const [job, ...others] = found;
  if (job === undefined) throw unknownJob(jobs, wanted);
  if (others.length === 0) return job;
  const ids = found.map(({ target, live }) => `${target}/${live?.id ?? ""}`);
  throw new JobwrightError("JW5004", "duplicate-name", `${found.length} live jobs are named ${wanted}`, {
    hint: `Name one by its id: ${ids.join(", ")}.`,
  });
}

function unknownJob(jobs: readonly RosterJob[], wanted: Address): JobwrightError {
  const addresses = jobs.map(({ address }) => address);
  const near = closestAddress(wanted, addresses);
  return new JobwrightError("JW5004", "not-found", `there is no job ${wanted}, neither declared nor live`, {
    hint: near === undefined ? "`jobwright status` lists all jobs." : `Did you mean ${near}?`,
  });
}

const SCHEMA_FILES: SchemaFiles = {
  "nimble-v1.schema.json": nimbleV1,
  "nimble-v2.schema.json": nimbleV2,
  "blaxel.schema.json": blaxel,
};

const SCHEMAS_OF: Readonly<Record<ProviderId, readonly string[]>> = {
  nimble: ["nimble-v1.schema.json", "nimble-v2.schema.json"],
  blaxel: ["blaxel.schema.json"],
};

/** What any schema of a platform knows of a field. */
function knowsFields(provider: ProviderId): KnowsField {
  return (tokens) => {
    for (const file of SCHEMAS_OF[provider]) {
      const known = knownField(SCHEMA_FILES, file, tokens);
      if (known !== undefined) return known;
    }
    return undefined;
  };
}

/** The reader's time zone: `TZ` where it names one, else the system's. */
export function zoneOf(env: Env): string {
  for (const zone of [env["TZ"], new Intl.DateTimeFormat().resolvedOptions().timeZone]) {
    if (zone === undefined || zone === "") continue;
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return zone;
    } catch {
      // `TZ` may hold forms that only the C library knows.
    }
  }
  return "UTC";
}
