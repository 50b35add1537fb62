import { JobwrightError } from "../errors.ts";
import type { Reason } from "../model/outcome.ts";

/** A call to GitHub that did not succeed. */
export class GitHubError extends JobwrightError {
  /** 0 where there was no answer. */
  readonly status: number;

  constructor(reason: Reason, status: number, message: string, hint: string) {
    super("JW5602", reason, message, { hint });
    this.status = status;
  }
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly said: string;
}

/** What Octokit throws, less its request (which holds the token). Without an answer the status is 0. */
function answered(error: unknown): Answered {
  if (typeof error !== "object" || error === null || !("response" in error)) return NO_ANSWER(error);
  const response = error.response as { status?: number; headers?: Answered["headers"]; data?: unknown } | undefined;
  if (response?.status === undefined) return NO_ANSWER(error);
  const { data } = response;
  const said = typeof data === "object" && data !== null && "message" in data ? String(data.message) : "";
  return { status: response.status, headers: response.headers ?? {}, said };
}

const NO_ANSWER = (error: unknown): Answered => ({
  status: 0,
  headers: {},
  said: error instanceof Error ? error.message : String(error),
});

const LONGEST_WAIT_MS = 60_000;

/** A call that failed, as far as it matters for sending it again. */
export interface FailedTry {
  readonly error: unknown;
  /** Counts from 1. */
  readonly tried: number;
  /** Whether it does no harm where the call is done twice: a POST that failed on their side may have happened. */
  readonly repeatable: boolean;
  readonly now: Date;
}

/** How many milliseconds to wait before the same call is sent again; undefined where that is no use, or could do harm. */
export function pauseBefore({ error, tried, repeatable, now }: FailedTry): number | undefined {
  const { status, headers } = answered(error);
  const spent = headers["x-ratelimit-remaining"] === "0";
  const throttled = status === 429 || (status === 403 && (headers["retry-after"] !== undefined || spent));
  if (!throttled && (!repeatable || (status !== 0 && status < 500))) return undefined;
  const asked = Number(headers["retry-after"]);
  const reset = Number(headers["x-ratelimit-reset"]) * 1000 - now.getTime();
  const wait =
    headers["retry-after"] !== undefined && asked >= 0
      ? asked * 1000
      : spent && throttled && reset >= 0
        ? reset
        : 500 * 2 ** tried;
  return wait > LONGEST_WAIT_MS ? undefined : wait;
}

/** The failure of a call, with what to do about it. `needs` is the permission that the call takes. */
export function githubFailure(error: unknown, needs: string): GitHubError {
  const { status, said } = answered(error);
  const request = requestOf(error);
  const what = `GitHub ${status === 0 ? "gave no answer to" : `answered ${status} to`} ${request}${said === "" ? "" : `: ${said}`}`;
  const permission = needs === "" ? "Check the token." : `Give the job the permission ${needs}.`;
  if (status === 401) return new GitHubError("auth", status, what, "Check the input github-token.");
  if (status === 403 && /rate limit/i.test(said))
    return new GitHubError("rate-limited", status, what, "Run again later.");
  if (status === 403 || status === 404) return new GitHubError("forbidden", status, what, permission);
  if (status === 429) return new GitHubError("rate-limited", status, what, "Run again later.");
  if (status === 422)
    return new GitHubError(
      "invalid",
      status,
      what,
      "Is the conversation locked, or a name taken? GitHub does not take what was sent.",
    );
  if (status === 0) return new GitHubError("unreachable", status, what, "Check the runner's network, and run again.");
  return new GitHubError("platform-error", status, what, "Run again later.");
}

/** `GET /repos/o/r/issues/7/comments`; without query, headers and body. */
function requestOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("request" in error)) return "a request";
  const { method, url } = error.request as { method?: unknown; url?: unknown };
  const path = typeof url === "string" && URL.canParse(url) ? new URL(url).pathname : "";
  return `${String(method)} ${path}`;
}
