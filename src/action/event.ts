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
  readonly pull: PullRequest | undefined;
  /** Why the run has neither secrets nor a token that may write. */
  readonly untrusted: "fork" | "dependabot" | undefined;
  /** The address of this run, for links; "" where it is not known. */
  readonly runUrl: string;
}

/** Reads the event from the variables and the file that the runner gives. What is missing is left open. */
export function readEvent(env: Env): RunEvent {
  const payload = readPayload(env["GITHUB_EVENT_PATH"]);
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  const [owner = "", repository = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const pull = object(payload, "pull_request");
  return {
    name,
    owner,
    repository,
    sha: env["GITHUB_SHA"] ?? "",
    pull: pullOf(pull),
    untrusted: untrusted(name, pull, env),
    runUrl: runUrlOf(env),
  };
}

/** The commit that a plan is told of: the pull request's head, else what is checked out. */
export function plannedCommit(event: RunEvent): string {
  return event.pull?.headSha ?? event.sha;
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

/** `pull_request_target` runs have the base's secrets and token, whoever opened the pull request. */
function untrusted(name: string, pull: JsonObject | undefined, env: Env): RunEvent["untrusted"] {
  if (pull === undefined) return undefined;
  if (env["GITHUB_ACTOR"] === "dependabot[bot]") return "dependabot";
  if (name === "pull_request_target") return undefined;
  // A deleted fork has no repository any more.
  const from = object(object(pull, "head"), "repo")?.["full_name"];
  return from === env["GITHUB_REPOSITORY"] ? undefined : "fork";
}

function runUrlOf(env: Env): string {
  const url = `${env["GITHUB_SERVER_URL"] ?? ""}/${env["GITHUB_REPOSITORY"] ?? ""}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`;
  return /^https?:\/\/[\w.:/-]+\/runs\/\d+$/.test(url) ? url : "";
}
