import { gunzipSync, gzipSync } from "node:zlib";
import { canonical, sha256 } from "../document/canonical.ts";
import type { Plan } from "../model/plan.ts";
import { digestOf } from "../plan/digest.ts";
import { viewDrift } from "../render/drift-view.ts";
import { code } from "../render/markdown-job.ts";
import type { GitHub, Issue } from "./github.ts";
import { prose } from "./markdown.ts";
import { hash } from "./step.ts";

/** Every drift issue has it; they are found by it. */
const DRIFT_LABEL = "jobwright-drift";

const LIMIT = 60_000;
const MOST_NAMES = 50;
const NEEDS = "issues: write";

/** What is told of drift, and about what. */
export interface DriftReport {
  readonly key: string;
  readonly title: string;
  readonly plan: Plan;
  /** The report in at most so many characters. */
  readonly body: (limit: number) => string;
  readonly runUrl: string;
  /** Whether the issue is closed where there is no drift any more. */
  readonly close: boolean;
}

/**
 * Keeps one issue about the drift of one environment: opened once, written anew only where the drift is another one,
 * commented where other jobs drift, closed with a comment when all is clean, and the same one opened again. Answers its
 * address; undefined where there is none and need be none. Throws a GitHubError.
 */
export async function keepDriftIssue(github: GitHub, report: DriftReport): Promise<string | undefined> {
  const marker = `<!-- jobwright:drift:${hash([report.key])}`;
  const old = await find(github, marker);
  if (!report.plan.drifted) return old === undefined ? undefined : clean(github, report, old);
  const jobs = driftedJobs(report.plan);
  const digest = driftDigest(report.plan);
  const head = `${marker} ${digest} ${pack(jobs)} -->`;
  const body = `${head}\n${report.body(LIMIT - head.length)}`;
  if (old === undefined) {
    const title = `Drift${report.title === "" ? "" : ` in ${report.title}`}: jobs were changed by hand`;
    return (await github.createIssue({ title, body, labels: [DRIFT_LABEL] })).html_url;
  }
  const before = factsOf(old.body ?? "", marker);
  const news = before?.digest !== digest;
  // Closed as "not planned" is an answer, and stands until something else drifts.
  const reopen = old.state === "closed" && (news || old.state_reason !== "not_planned");
  if (!news && !reopen) return old.html_url;
  await github.updateIssue(old.number, { ...(news ? { body } : {}), ...(reopen ? { state: "open" } : {}) });
  const text = commentText(before?.jobs, jobs, reopen, report.runUrl);
  if (text !== undefined) await github.createComment(old.number, text, NEEDS);
  return old.html_url;
}

async function clean(github: GitHub, report: DriftReport, old: Issue): Promise<string | undefined> {
  if (old.state === "closed" || !report.close) return old.html_url;
  await github.createComment(old.number, `No drift any more${link(report.runUrl)}.`, NEEDS);
  await github.updateIssue(old.number, { state: "closed" });
  return old.html_url;
}

/** By marker, label and author; the oldest, should there be several. The list of issues lags less than the search. */
async function find(github: GitHub, marker: string): Promise<Issue | undefined> {
  let found: Issue | undefined;
  for await (const issue of github.issues(DRIFT_LABEL)) {
    if (issue.pull_request !== undefined || !issue.body?.startsWith(`${marker} `)) continue;
    if (!(await github.isOwn(issue.user))) continue;
    if (found === undefined || issue.number < found.number) found = issue;
  }
  return found;
}

/** Addresses of jobs that drifted, sorted. */
function driftedJobs(plan: Plan): readonly string[] {
  const { moved, paused, missing } = viewDrift(plan);
  return [
    ...new Set([
      ...moved.map(({ action }) => action.address),
      ...paused.map((p) => p.address),
      ...missing.map((m) => m.address),
    ]),
  ].sort();
}

/** Over what drifted, not over what only waits in Git. */
function driftDigest(plan: Plan): string {
  const { moved, paused, missing } = viewDrift(plan);
  const changed = moved.map(({ action: { address }, changes }) => ({ address, action: "update" as const, changes }));
  const off = paused.map(({ address, changes = [] }) => ({ address, action: "update" as const, changes }));
  return sha256(canonical([digestOf(changed), digestOf(off), missing.map(({ address }) => address)]));
}

function pack(jobs: readonly string[]): string {
  const packed = gzipSync(JSON.stringify(jobs)).toString("base64");
  return packed.length > LIMIT / 4 ? "-" : packed;
}

/** What the issue was about; its author is us, but anybody may have edited it: then what is in it counts as news. */
function factsOf(
  body: string,
  marker: string,
): { readonly digest: string; readonly jobs?: readonly string[] } | undefined {
  const [digest, packed] = body.slice(marker.length + 1).split(" ");
  if (digest === undefined || packed === undefined) return undefined;
  try {
    const jobs: unknown = JSON.parse(
      gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: 8 * 1024 * 1024 }).toString("utf8"),
    );
    return Array.isArray(jobs) ? { digest, jobs: jobs.map(String) } : { digest };
  } catch {
    return { digest };
  }
}

/** Undefined where the same jobs drift as before, and the issue was open: nobody need be called for that. */
function commentText(
  before: readonly string[] | undefined,
  now: readonly string[],
  reopened: boolean,
  runUrl: string,
): string | undefined {
  const came = now.filter((address) => !before?.includes(address));
  const went = (before ?? []).filter((address) => !now.includes(address));
  if (!reopened && came.length + went.length === 0) return undefined;
  const lines = [
    reopened ? `There is drift again${link(runUrl)}.` : `Other jobs drift now${link(runUrl)}.`,
    ...(came.length === 0 ? [] : [`- new: ${names(came)}`]),
    ...(went.length === 0 ? [] : [`- no more: ${names(went)}`]),
  ];
  return lines.join("\n");
}

function names(addresses: readonly string[]): string {
  const more = addresses.length - MOST_NAMES;
  return `${addresses.slice(0, MOST_NAMES).map(code).join(", ")}${more > 0 ? prose(` and ${more} more`) : ""}`;
}

function link(url: string): string {
  return url === "" ? "" : ` ([run](${url}))`;
}
