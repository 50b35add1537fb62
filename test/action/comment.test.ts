import { describe, expect, it } from "vitest";
import { keepComment } from "../../src/action/comment.ts";
import type { GitHub, IssueComment } from "../../src/action/github.ts";
import { GitHubError } from "../../src/action/github-failure.ts";

/** Comments of one pull request, `me` and others; `longest` is what a body may be. */
function pullComments(comments: { id: number; body: string; user: { login: string } }[], longest = 65_536) {
  const written: string[] = [];
  const check = (body: string): void => {
    if (body.length > longest) throw new GitHubError("invalid", 422, "too long", "");
  };
  const github: Pick<GitHub, "comments" | "createComment" | "updateComment" | "isOwn"> = {
    isOwn: async (user) => user?.login === "me",
    async *comments(): AsyncGenerator<IssueComment> {
      yield* comments;
    },
    createComment: async (_issue, body) => {
      check(body);
      written.push(body);
      comments.push({ id: comments.length + 1, body, user: { login: "me" } });
      return { id: comments.length, html_url: "new" };
    },
    updateComment: async (id, body) => {
      check(body);
      written.push(body);
      for (const comment of comments) if (comment.id === id) comment.body = body;
      return { id, html_url: "old" };
    },
  };
  return { comments, written, github: github as GitHub };
}

const plan = (body: string | ((limit: number) => string), create = true) => ({
  ...{ issue: 7, kind: "plan", key: "k", create },
  body: typeof body === "string" ? () => body : body,
});

describe("a kept comment", () => {
  it.each([
    ["the same text", "A plan.", "A plan."],
    ["text that came back with other line ends", "A\r\nplan.", "A\nplan."],
    ["another next run", "At 06:00; next 2026-11-24 06:00 UTC", "At 06:00; next 2026-11-25 06:00 UTC"],
    [
      "other next runs of a schedule that moves",
      "next 2026-11-24 06:00 → 2026-11-24 07:00 UTC",
      "next 2026-11-25 06:00 → 2026-11-25 07:00 UTC",
    ],
    ["another run of the workflow", "/actions/runs/1)", "/actions/runs/22)"],
  ])("is not touched for %s", async (_what, before, now) => {
    const { github, written } = pullComments([]);
    await keepComment(github, plan(before));
    await keepComment(github, plan(now));
    expect(written).toHaveLength(1);
  });

  it.each([
    ["another schedule", "At 06:00; next 2026-11-24 06:00 UTC", "At 07:00; next 2026-11-24 06:00 UTC"],
    ["another time that is not a next run", "changed 2026-11-24 06:00 UTC", "changed 2026-11-25 06:00 UTC"],
    ["another commit", "commit aaaaaaaaaa", "commit bbbbbbbbbb"],
  ])("is written anew for %s", async (_what, before, now) => {
    const { github, written, comments } = pullComments([]);
    await keepComment(github, plan(before));
    await keepComment(github, plan(now));
    expect(written).toHaveLength(2);
    expect(comments).toHaveLength(1);
  });

  it("is cut shorter as long as GitHub finds it too long, and then given up", async () => {
    const long = (limit: number): string => "x".repeat(limit);
    const { comments, github } = pullComments([], 30_000);
    await keepComment(github, plan(long));
    expect(comments[0]?.body).toHaveLength(30_000);
    await expect(keepComment(pullComments([], 5).github, plan(long))).rejects.toThrow("too long");
  });

  it("A80 is nobody else's, and nothing that only quotes the marker", async () => {
    const { comments, github } = pullComments([]);
    await keepComment(github, plan("one"));
    const marker = comments[0]?.body.split("\n")[0] ?? "";
    const others = pullComments([
      { id: 1, body: `${marker}\nforged`, user: { login: "mallory" } },
      { id: 2, body: `> ${marker}`, user: { login: "me" } },
      { id: 3, body: marker.replace(":plan:", ":apply:"), user: { login: "me" } },
    ]);
    expect(await keepComment(others.github, plan("two", false))).toBeUndefined();
    expect(await keepComment(others.github, plan("two"))).toBe("new");
    expect(others.comments.map(({ body }) => body.split("\n").at(-1))).toEqual([
      "forged",
      `> ${marker}`,
      marker.replace(":plan:", ":apply:"),
      "two",
    ]);
  });
});
