import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { EnvHttpProxyAgent, fetch } from "undici";
import { JobwrightError } from "../errors.ts";
import type { Clock, Env } from "../model/runtime.ts";
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

/** A pull request. */
export interface PullFacts {
  readonly number: number;
  readonly state?: string;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly base?: { readonly ref?: string };
  /** The repository is null once a fork was deleted. */
  readonly head?: { readonly sha?: string; readonly repo?: { readonly full_name?: string } | null };
}

/** The calls that the action makes. Every failure is a {@link GitHubError}. */
export interface GitHub {
  /** Whether we wrote what is shown to be by this user. */
  isOwn(user: GitHubUser | null | undefined): Promise<boolean>;
  comments(issue: number): AsyncIterable<IssueComment>;
  createComment(issue: number, body: string, needs: string): Promise<IssueComment>;
  updateComment(id: number, body: string, needs: string): Promise<IssueComment>;
  pull(number: number): Promise<PullFacts>;
  /** Those that a commit came from, or that it stands in. */
  pullsOf(sha: string): AsyncIterable<PullFacts>;
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
  /** Names the proxies. */
  readonly env: Env;
  /** When it aborts, what failed is not tried again. */
  readonly signal: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 30_000;
const TRIES = 3;

/** Who writes with a workflow's own token. */
const WORKFLOW_LOGIN = "github-actions[bot]";

const Client = Octokit.plugin(paginateRest);

/** A client of one repository. Sends nothing before its first call. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { clock, signal, owner, repository: repo } = options;
  const agent = proxyAgent(options);
  const octokit = new Client({
    auth: options.token,
    baseUrl: options.apiUrl,
    userAgent: "jobwright-action",
    request: {
      fetch: (url: string, init: object) => fetch(url, { ...init, dispatcher: agent, redirect: "manual" }),
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  octokit.hook.wrap("request", async (request, given) => {
    for (let tried = 1; ; tried += 1) {
      const bounded = { ...given.request, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
      try {
        const response = await request({ ...given, request: bounded });
        // The token stays where it was meant to go.
        if (response.status >= 300) throw new RedirectedError(response.headers.location);
        return response;
      } catch (error) {
        if (error instanceof RedirectedError) throw error;
        const repeatable = given.method !== "POST" || given.request?.["repeatable"] === true;
        const wait = tried < TRIES ? pauseBefore({ error, tried, repeatable, now: clock.wall() }) : undefined;
        if (wait === undefined || signal.aborted) throw error;
        await clock.sleep(wait, signal);
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
    pull: (number) => call("GET /repos/{owner}/{repo}/pulls/{number}", "pull-requests: read", { number }),
    pullsOf: (sha) => pages("GET /repos/{owner}/{repo}/commits/{sha}/pulls", "pull-requests: read", { sha }),
    statuses: (sha) => pages("GET /repos/{owner}/{repo}/commits/{sha}/statuses", "statuses: read", { sha }),
    createStatus: async (sha, status) => {
      const twice = { request: { repeatable: true } };
      await call("POST /repos/{owner}/{repo}/statuses/{sha}", "statuses: write", { sha, ...status, ...twice });
    },
    issues: (labels) => pages(`GET ${issuesRoute}`, "issues: read", { labels, state: "all" }),
    createIssue: (issue) => call(`POST ${issuesRoute}`, "issues: write", issue),
    updateIssue: (number, issue) => call(`PATCH ${issuesRoute}/{number}`, "issues: write", { number, ...issue }),
    close: () => agent.close(),
  };
}

/** `https_proxy` for https and nothing else, as curl does. undici's own look at the process's variables is switched off. */
function proxyAgent({ apiUrl, env }: GitHubOptions): EnvHttpProxyAgent {
  const named = (name: string): string => {
    const value = env[name] || env[name.toUpperCase()] || "";
    const url = value === "" || value.includes("://") ? value : `http://${value}`;
    if (url === "" || URL.canParse(url)) return url;
    throw new JobwrightError("JW5601", "invalid", `${name.toUpperCase()} is not a URL`, {
      hint: "Write http://HOST:PORT.",
    });
  };
  const secure = apiUrl.startsWith("https:");
  return new EnvHttpProxyAgent({
    httpProxy: secure ? "" : named("http_proxy"),
    httpsProxy: secure ? named("https_proxy") : "",
    noProxy: env["no_proxy"] || env["NO_PROXY"] || "",
  });
}

class RedirectedError extends Error {
  constructor(location: string | undefined) {
    const to = location !== undefined && URL.canParse(location) ? ` to ${new URL(location).origin}` : "";
    super(`it points elsewhere${to}, which is not followed`);
  }
}

/** A workflow's token has no user to ask REST for. */
async function viewerLogin(octokit: Octokit, url: string): Promise<string> {
  try {
    const query = "query { viewer { login } }";
    const { data } = await octokit.request({ method: "POST", url, query, request: { repeatable: true } });
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
