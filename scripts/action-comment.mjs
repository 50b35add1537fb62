// Keeps one comment on a pull request: the plan as it stands after the last push.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** GitHub refuses longer ones. */
const LIMIT = 65_536;
const PER_PAGE = 100;

/**
 * Writes `markdown` as a comment, in place of the one that an earlier run wrote for the same `key`. Without a pull request
 * there is nothing to do. What GitHub refuses (a fork's token may not write) is told and is no failure: the plan stands.
 */
export async function keepComment({ env, token, key, markdown }) {
  const number = pullRequest(env);
  if (number === undefined) return;
  const marker = `<!-- jobwright plan ${createHash("sha256").update(key).digest("hex").slice(0, 16)} -->`;
  const body = commentBody(marker, markdown, runUrl(env));
  const call = caller(env, token);
  try {
    const old = await findComment(call, env.GITHUB_REPOSITORY, number, marker);
    if (old === undefined) {
      await call("POST", `/repos/${env.GITHUB_REPOSITORY}/issues/${number}/comments`, { body });
    } else if (old.body !== body) {
      await call("PATCH", `/repos/${env.GITHUB_REPOSITORY}/issues/comments/${old.id}`, { body });
    }
  } catch (error) {
    console.error(`The plan could not be written as a comment: ${error.message}`);
  }
}

/** The comment's text: all of it, or where it does not fit a word about where to read it. */
export function commentBody(marker, markdown, url) {
  const whole = `${marker}\n${markdown}`;
  if (whole.length <= LIMIT) return whole;
  return `${marker}\nThe plan is too long for a comment. It stands in the summary of [the run](${url}).\n`;
}

function pullRequest(env) {
  if (!env.GITHUB_EVENT_PATH) return undefined;
  return JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8")).pull_request?.number;
}

function runUrl(env) {
  return `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`;
}

/** Comments of people are left alone, whatever they quote. */
async function findComment(call, repository, number, marker) {
  for (let page = 1; ; page++) {
    const path = `/repos/${repository}/issues/${number}/comments?per_page=${PER_PAGE}&page=${page}`;
    const comments = await call("GET", path);
    const ours = comments.find(({ user, body }) => user?.type === "Bot" && body?.startsWith(marker));
    if (ours || comments.length < PER_PAGE) return ours;
  }
}

function caller(env, token) {
  return async (method, path, body) => {
    const answer = await fetch(`${env.GITHUB_API_URL}${path}`, {
      method,
      redirect: "error",
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "x-github-api-version": "2022-11-28",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path.split("?")[0]} answered ${answer.status}`);
    return answer.json();
  };
}
