import { readFileSync } from "node:fs";
import { own } from "../model/document.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { Env } from "../model/runtime.ts";

/** A pull request as far as an event tells. */
export interface PullRequest {
  readonly number: number;
  /** The branch's last commit, not the merge that is checked out. */
  readonly headSha: string;
}

/** What made the workflow run. */
export interface RunEvent {
  /** `pull_request`, `push`, ... */
  readonly name: string;
  readonly owner: string;
  readonly repository: string;
  /** The commit that is checked out unless the workflow says otherwise. */
  readonly sha: string;
  /** The branch's name; "" where the event is about none. */
  readonly branch: string;
  readonly pull: PullRequest | undefined;
  /** The pull request that somebody commented on; the event says nothing of its commits. */
  readonly commented: number | undefined;
  /** Further commits of a push than `sha`, newest first: a merge queue lands those of several pull requests at once. */
  readonly pushed: readonly string[];
  /** The run has secrets, and a token that may write, and yet the manifests may be a stranger's. */
  readonly fromStranger: boolean;
  /** Why the run has neither secrets nor a token that may write. */
  readonly untrusted: "fork" | "dependabot" | undefined;
  /** The address of this run, for links; "" where it is not known. */
  readonly runUrl: string;
  /** The address of a file at the planned commit is this, the file's path, and `#L` with a line; "" where it is not known. */
  readonly filesUrl: string;
}

/** Reads the event from the variables and the file that the runner gives. What is missing is left open. */
export function readEvent(env: Env): RunEvent {
  const payload = readPayload(env["GITHUB_EVENT_PATH"]);
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  const [owner = "", repository = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const given = object(payload, "pull_request");
  const pull = pullOf(given);
  const sha = env["GITHUB_SHA"] ?? "";
  return {
    ...{ name, owner, repository, sha, pull },
    branch: /^refs\/heads\/(.+)$/.exec(env["GITHUB_REF"] ?? "")?.[1] ?? "",
    commented: commentedOn(payload),
    pushed: pushedBefore(payload, sha),
    fromStranger: name === "pull_request_target",
    untrusted: untrusted(name, given, env),
    runUrl: pageOf(env, `actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`),
    filesUrl: filesUrlOf(env, pull?.headSha ?? sha),
  };
}

/** The commit that a plan is told of: the pull request's head, else what is checked out. */
export function plannedCommit(event: RunEvent): string {
  return event.pull?.headSha ?? event.sha;
}

/** Where the files of a commit are shown, to be followed by a path; "" where that is not known. */
export function filesUrlOf(env: Env, sha: string): string {
  return pageOf(env, `blob/${sha}/`);
}

function readPayload(path: string | undefined): JsonObject {
  if (path === undefined || path === "") return {};
  try {
    const payload: Json = JSON.parse(readFileSync(path, "utf8"));
    return isJsonObject(payload) ? payload : {};
  } catch {
    return {};
  }
}

function object(from: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = from === undefined ? undefined : own(from, key);
  return isJsonObject(value) ? value : undefined;
}

function pullOf(pull: JsonObject | undefined): PullRequest | undefined {
  const number = pull?.["number"];
  const headSha = object(pull, "head")?.["sha"];
  return typeof number === "number" && typeof headSha === "string" ? { number, headSha } : undefined;
}

/** Issues have comments of the same event. */
function commentedOn(payload: JsonObject): number | undefined {
  const issue = object(payload, "issue");
  const number = issue?.["number"];
  return object(issue, "pull_request") !== undefined && typeof number === "number" ? number : undefined;
}

function pushedBefore(payload: JsonObject, sha: string): readonly string[] {
  const commits = own(payload, "commits");
  if (!Array.isArray(commits)) return [];
  const ids = commits.flatMap((commit) => (isJsonObject(commit) ? [commit["id"]] : []));
  return ids.filter((id): id is string => typeof id === "string" && id !== sha).reverse();
}

/** `pull_request_target` runs have the base's secrets and token, whoever opened the pull request. */
function untrusted(name: string, pull: JsonObject | undefined, env: Env): RunEvent["untrusted"] {
  if (pull === undefined) return undefined;
  if (env["GITHUB_ACTOR"] === "dependabot[bot]") return "dependabot";
  if (name === "pull_request_target") return undefined;
  // A deleted fork has no repository any more.
  const from = object(object(pull, "head"), "repo")?.["full_name"];
  return from === env["GITHUB_REPOSITORY"] ? undefined : "fork";
}

/** A page of the repository, on whatever server it is; "" where a part of the address is not known or odd. */
function pageOf(env: Env, page: string): string {
  const url = `${env["GITHUB_SERVER_URL"] ?? ""}/${env["GITHUB_REPOSITORY"] ?? ""}/${page}`;
  return /^https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+\/(actions\/runs\/\d+|blob\/[0-9a-f]{7,64}\/)$/.test(url) ? url : "";
}
