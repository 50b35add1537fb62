import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Somebody on the fake GitHub. */
export interface FakeUser {
  readonly login: string;
  readonly type: "Bot" | "User";
}

export const APP: FakeUser = { login: "github-actions[bot]", type: "Bot" };
export const STRANGER: FakeUser = { login: "mallory", type: "User" };

export interface FakeComment {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly user: FakeUser;
  readonly html_url: string;
}

export interface FakeIssue {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  state_reason?: string;
  readonly labels: readonly string[];
  readonly user: FakeUser;
  readonly html_url: string;
  readonly pull_request?: object;
}

export interface FakePull {
  readonly number: number;
  readonly state: "open" | "closed";
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string };
}

/** One of this repository, merged into `main`. */
export function pull(
  number: number,
  head: string,
  rest: Partial<FakePull> & { readonly from?: string } = {},
): FakePull {
  const { from = "o/r", ...more } = rest;
  return {
    ...{ number, state: "closed", merged_at: "2026-11-23T12:00:00Z", merge_commit_sha: null },
    ...{ head: { sha: head, repo: { full_name: from } }, base: { ref: "main" } },
    ...more,
  };
}

export interface FakeStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly creator: FakeUser;
}

/** Answers in place of the real ones, `times` times. */
export interface Fault {
  /** `POST /repos/o/r/issues/7/comments`, or a part of it. */
  readonly on: RegExp;
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  times?: number;
  /** Told of each hit. */
  readonly seen?: () => void;
}

/** A GitHub that speaks the calls which the action makes, with lists in pages of two. */
export interface FakeGitHub {
  readonly url: string;
  readonly comments: FakeComment[];
  readonly issues: FakeIssue[];
  /** Newest first, as answered. */
  readonly statuses: FakeStatus[];
  /** By commit. */
  readonly pulls: Map<string, FakePull[]>;
  readonly faults: Fault[];
  /** `POST /repos/...`, in order, with the query. */
  readonly requests: string[];
  /** Writes only. */
  writes(): readonly string[];
  addComment(issue: number, body: string, user?: FakeUser): FakeComment;
  close(): Promise<void>;
}

const PAGE = 2;
const LONGEST_BODY = 65_536;

/** Starts one on the loopback; close it after the test. */
export async function fakeGitHub(viewer = "github-actions[bot]"): Promise<FakeGitHub> {
  const comments: FakeComment[] = [];
  const issues: FakeIssue[] = [];
  const statuses: FakeStatus[] = [];
  const pulls = new Map<string, FakePull[]>();
  const faults: Fault[] = [];
  const requests: string[] = [];
  let ids = 100;
  const addComment = (issue: number, body: string, user: FakeUser = APP): FakeComment => {
    ids += 1;
    const comment = {
      id: ids,
      issue,
      body,
      user,
      html_url: `https://github.test/o/r/issues/${issue}#issuecomment-${ids}`,
    };
    comments.push(comment);
    return comment;
  };

  const answer = (request: IncomingMessage, response: ServerResponse, text: string): unknown => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    // A server of one's own has the API below /api.
    const pathname = url.pathname.replace(/^\/api\/(v3\/)?(?=repos\/|graphql$)/, "/");
    const line = `${request.method} ${pathname}`;
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): unknown => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      return response.end(status === 204 ? "" : JSON.stringify(body));
    };
    if (request.headers.authorization !== "token ghs_fake" && request.headers.authorization !== "bearer ghs_fake") {
      return send(401, { message: "Bad credentials" });
    }
    const fault = faults.find((each) => each.on.test(line) && (each.times ?? 1) > 0);
    if (fault !== undefined) {
      fault.times = (fault.times ?? 1) - 1;
      fault.seen?.();
      return send(fault.status, { message: fault.message ?? "made to fail" }, { ...fault.headers });
    }
    const page = (items: readonly unknown[]): unknown => {
      const at = Number(url.searchParams.get("page") ?? "1");
      const more = items.length > at * PAGE;
      const next = new URL(url);
      next.searchParams.set("page", String(at + 1));
      return send(200, items.slice((at - 1) * PAGE, at * PAGE), more ? { link: `<${next.href}>; rel="next"` } : {});
    };
    const body = text === "" ? {} : JSON.parse(text);
    if (String(body.body ?? "").length > LONGEST_BODY) {
      return send(422, { message: "Validation Failed: body is too long (maximum is 65536 characters)" });
    }
    const [, , , , ...rest] = pathname.split("/");
    const path = rest.join("/");
    if (line === "POST /graphql") return send(200, { data: { viewer: { login: viewer } } });
    if (!pathname.startsWith("/repos/o/r/")) return send(404, { message: "Not Found" });
    const number = Number(/(\d+)/.exec(path)?.[1]);
    const key = `${request.method} ${path.replace(/\/\d+/g, "/N").replace(/^(commits|statuses)\/\w+/, "$1/S")}`;
    const sha = /^(?:commits|statuses)\/(\w+)/.exec(path)?.[1] ?? "";
    switch (key) {
      case "GET issues/N/comments":
        return page(comments.filter(({ issue }) => issue === number));
      case "POST issues/N/comments":
        return send(201, addComment(number, body.body));
      case "PATCH issues/comments/N": {
        const comment = comments.find(({ id }) => id === number);
        if (comment === undefined) return send(404, { message: "Not Found" });
        comment.body = body.body;
        return send(200, comment);
      }
      case "GET pulls/N": {
        const pull = [...pulls.values()].flat().find((each) => each.number === number);
        return pull === undefined ? send(404, { message: "Not Found" }) : send(200, pull);
      }
      case "GET commits/S/pulls":
        return page(pulls.get(sha) ?? []);
      case "GET commits/S/statuses":
        return page(statuses.filter((status) => status.sha === sha));
      case "POST statuses/S": {
        if (String(body.description).length > 140) return send(422, { message: "description is too long" });
        const status = { sha, state: body.state, context: body.context, description: body.description, creator: APP };
        statuses.unshift(status);
        return send(201, status);
      }
      case "GET issues": {
        const labels = (url.searchParams.get("labels") ?? "").split(",");
        const state = url.searchParams.get("state");
        return page(
          issues.filter((i) => labels.every((l) => i.labels.includes(l)) && (state === "all" || i.state === state)),
        );
      }
      case "POST issues": {
        const next = Math.max(0, ...issues.map((i) => i.number)) + 1;
        const html_url = `https://github.test/o/r/issues/${next}`;
        const issue: FakeIssue = { number: next, state: "open", ...body, user: APP, html_url };
        issues.push(issue);
        return send(201, issue);
      }
      case "PATCH issues/N": {
        const issue = issues.find((i) => i.number === number);
        if (issue === undefined) return send(404, { message: "Not Found" });
        Object.assign(issue, body);
        return send(200, issue);
      }
      default:
        return send(404, { message: `Not Found: ${key}` });
    }
  };

  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => answer(request, response, text));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, comments, issues, statuses, pulls, faults, requests, addComment },
    writes: () => requests.filter((line) => !line.startsWith("GET ") && line !== "POST /graphql"),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
