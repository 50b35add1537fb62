import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { EnvHttpProxyAgent, fetch } from "undici";
import type { Clock } from "../model/runtime.ts";
import { githubFailure, pauseBefore } from "./github-failure.ts";

/** Somebody on GitHub, as answers name them. */
export interface GitHubUser {
  readonly login?: string;
  readonly type?: string;
}

/** A comment on an issue or pull request. */
export interface IssueComment {
  readonly id: number;
  readonly body?: string;
  readonly html_url?: string;
  readonly user?: GitHubUser | null;
}

/** An issue; pull requests are issues too, and say so. */
export interface Issue {
  readonly number: number;
  readonly state?: string;
  readonly state_reason?: string | null;
  readonly body?: string | null;
  readonly html_url?: string;
  readonly user?: GitHubUser | null;
  readonly pull_request?: object;
}

/** A commit status. */
export interface CommitStatus {
  readonly state?: string;
  readonly context?: string;
  readonly description?: string | null;
  readonly target_url?: string | null;
  readonly creator?: GitHubUser | null;
}

/** A pull request that a commit came from. */
export interface MergedPull {
  readonly number: number;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly head?: { readonly sha?: string };
}

/** The calls that the action makes. Every failure is a {@link GitHubError}. */
export interface GitHub {
  /** Whether we wrote what is shown to be by this user. */
  isOwn(user: GitHubUser | null | undefined): Promise<boolean>;
  comments(issue: number): AsyncIterable<IssueComment>;
  createComment(issue: number, body: string, needs: string): Promise<IssueComment>;
  updateComment(id: number, body: string, needs: string): Promise<IssueComment>;
  pullsOf(sha: string): AsyncIterable<MergedPull>;
  /** Newest first. */
  statuses(sha: string): AsyncIterable<CommitStatus>;
  createStatus(
    sha: string,
    status: Required<Pick<CommitStatus, "state" | "context" | "description">> & { readonly target_url?: string },
  ): Promise<void>;
  /** Open and closed ones. */
  issues(label: string): AsyncIterable<Issue>;
  createIssue(issue: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  }): Promise<Issue>;
  updateIssue(number: number, issue: { readonly body?: string; readonly state?: "open" | "closed" }): Promise<Issue>;
  close(): Promise<void>;
}

/** Where GitHub is, and who we are there. */
export interface GitHubOptions {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly token: string;
  readonly owner: string;
  readonly repository: string;
  readonly clock: Clock;
}

const REQUEST_TIMEOUT_MS = 30_000;
const TRIES = 3;

/** Who writes with a workflow's own token. */
const WORKFLOW_LOGIN = "github-actions[bot]";

const Client = Octokit.plugin(paginateRest);

/** A client of one repository. Sends nothing before its first call. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { clock, owner, repository: repo } = options;
  const agent = new EnvHttpProxyAgent();
  const octokit = new Client({
    auth: options.token,
    baseUrl: options.apiUrl,
    userAgent: "jobwright-action",
    request: {
      fetch: (url: string, init: object) => fetch(url, { ...init, dispatcher: agent }),
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  octokit.hook.wrap("request", async (request, given) => {
    for (let tried = 1; ; tried += 1) {
      const bounded = { ...given.request, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
      try {
        return await request({ ...given, request: bounded });
      } catch (error) {
        const wait = tried < TRIES ? pauseBefore(error, given.method, tried) : undefined;
        if (wait === undefined) throw error;
        await clock.sleep(wait);
      }
    }
  });
  const base = { owner, repo, headers: { "x-github-api-version": "2022-11-28" } };
  const call = async <T>(route: string, needs: string, parameters: object): Promise<T> => {
    try {
      const { data } = await octokit.request(route, { ...base, ...parameters });
      return data as T;
    } catch (error) {
      throw githubFailure(error, needs);
    }
  };
  async function* pages<T>(route: string, needs: string, parameters: object): AsyncGenerator<T> {
    const iterator = octokit.paginate.iterator(route, { ...base, per_page: 100, ...parameters });
    try {
      for await (const { data } of iterator) yield* data as T[];
    } catch (error) {
      throw githubFailure(error, needs);
    }
  }
  let own: Promise<string> | undefined;
  const ownLogin = (): Promise<string> => {
    own ??= viewerLogin(octokit, options.graphqlUrl);
    return own;
  };
  const issuesRoute = "/repos/{owner}/{repo}/issues";
  return {
    isOwn: async (user) => user?.login !== undefined && sameLogin(await ownLogin(), user),
    comments: (issue) => pages(`GET ${issuesRoute}/{issue}/comments`, "pull-requests: read", { issue }),
    createComment: (issue, body, needs) => call(`POST ${issuesRoute}/{issue}/comments`, needs, { issue, body }),
    updateComment: (comment, body, needs) => call(`PATCH ${issuesRoute}/comments/{comment}`, needs, { comment, body }),
    pullsOf: (sha) => pages("GET /repos/{owner}/{repo}/commits/{sha}/pulls", "pull-requests: read", { sha }),
    statuses: (sha) => pages("GET /repos/{owner}/{repo}/commits/{sha}/statuses", "statuses: read", { sha }),
    createStatus: async (sha, status) => {
      await call("POST /repos/{owner}/{repo}/statuses/{sha}", "statuses: write", { sha, ...status });
    },
    issues: (labels) => pages(`GET ${issuesRoute}`, "issues: read", { labels, state: "all" }),
    createIssue: (issue) => call(`POST ${issuesRoute}`, "issues: write", issue),
    updateIssue: (number, issue) => call(`PATCH ${issuesRoute}/{number}`, "issues: write", { number, ...issue }),
    close: () => agent.close(),
  };
}

/** A workflow's token has no user to ask REST for. */
async function viewerLogin(octokit: Octokit, url: string): Promise<string> {
  try {
    const { data } = await octokit.request({ method: "POST", url, query: "query { viewer { login } }" });
    const login: unknown = data?.data?.viewer?.login;
    return typeof login === "string" && login !== "" ? login : WORKFLOW_LOGIN;
  } catch {
    return WORKFLOW_LOGIN;
  }
}

/** An app's login ends in `[bot]` in REST answers, and may not do so in GraphQL's. */
function sameLogin(own: string, { login = "", type }: GitHubUser): boolean {
  if (own.endsWith("[bot]") && type !== undefined && type !== "Bot") return false;
  return own.toLowerCase() === login.toLowerCase() || `${own}[bot]`.toLowerCase() === login.toLowerCase();
}
