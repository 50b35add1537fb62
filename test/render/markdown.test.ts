import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretRef } from "../../src/model/document.ts";
import type { JobState } from "../../src/model/state.ts";
import { renderMarkdown } from "../../src/render/markdown.ts";
import { actingIn } from "../support/gfm.ts";
import { action, added, plan, replaced, standing, WORDS } from "./builders.ts";
import { actsOnTerminal } from "./hostile.ts";
import { hostilePlan } from "./hostile-plan.ts";

/** A Markdown text without its fenced blocks; fails where a fence is not closed, or text stands where it should not. */
function outsideFences(markdown: string): string {
  const outside: string[] = [];
  let open: string | undefined;
  for (const line of markdown.split("\n")) {
    const marks = /^(`{3,})/.exec(line)?.[1];
    if (open === undefined && marks !== undefined) open = marks;
    else if (open !== undefined && line === open) open = undefined;
    else if (open === undefined) outside.push(line);
    else if (marks !== undefined && marks.length >= open.length)
      throw new Error(`a fence is closed from inside: ${line}`);
  }
  expect(open).toBeUndefined();
  return outside.join("\n");
}

/** That only our own markup is left in what is not fenced. */
function expectTame(markdown: string): void {
  const outside = outsideFences(markdown);
  const tags = outside.match(/<[^>]*>?/g) ?? [];
  const ours = /^<\/?(details|summary|code|b|sub|br)( open)?>$/;
  expect(tags.filter((tag) => !ours.test(tag))).toEqual([]);
  for (const tag of ["details", "summary", "code", "sub"]) {
    expect(tags.filter((each) => each === `</${tag}>`).length).toBe(
      tags.filter((each) => each === `<${tag}>` || each === `<${tag} open>`).length,
    );
  }
  expect(outside).not.toMatch(/(?<!\\)`|(?<!\\)!\[|\]\(|@\w|(?<!&)#\d|:\/\//);
  expect(actsOnTerminal(markdown)).toBe(false);
  expect(actingIn(markdown)).toEqual([]);
}

const COUNTED = { summary: { unchanged: 41 } };

describe("renderMarkdown", () => {
  it("is short where there is nothing to do", () => {
    expect(renderMarkdown(plan([], COUNTED), { kind: "plan" })).toBe(
      "### jobwright plan\n\n**No changes. 41 jobs are as declared.**\n\n<sub>digest sha256:dddddddddddd</sub>\n",
    );
  });

  it("shows each job's changes in a folded diff", () => {
    const changes = [
      replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"),
      added("/spec/description", "d", { cause: "drift" }),
      replaced("/spec/script", "a\nb\n", "a\nc\n"),
      replaced("/spec/runtime/envs/K/value", SecretRef.masked(), new SecretRef("env:K")),
      replaced("/spec/x", 1, 2, { cause: "conflict", base: 0 }),
    ];
    const requests = [{ method: "PATCH", path: "/v1/jobs/job_7", body: { a: 1 } } as const];
    const text = renderMarkdown(plan([action("nimble/a", "update", { changes, requests })]), {
      kind: "plan",
      words: WORDS,
      requests: true,
    });
    expect(text.slice(text.indexOf("<details"))).toBe(
      [
        "<details open><summary><code>nimble/a</code> update, 5 changes <code>jobs/a.yaml:1</code></summary>",
        "",
        "```diff",
        '- spec.schedule.cron: "0 6 * * *"',
        '+ spec.schedule.cron: "0 7 * * *"',
        "#   every day at 06:00 → every day at 07:00",
        '+ spec.description: "d"',
        "#   drift: changed live",
        "  spec.script:",
        "    a",
        "-   b",
        "+   c",
        "! spec.runtime.envs[K].value: (secret changed) (secret env:K)",
        "! spec.x: Git and the live job both moved; what Git says is written",
        "#   last applied: 0",
        "-   live: 1",
        "+   Git: 2",
        "```",
        "",
        "- <code>PATCH /v1/jobs/job_7</code>",
        "",
        "<details><summary>the request</summary>",
        "",
        "```http",
        "PATCH /v1/jobs/job_7",
        "{",
        '  "a": 1',
        "}",
        "```",
        "",
        "</details>",
        "",
        "</details>",
        "",
        "<sub>digest sha256:dddddddddddd</sub>",
        "",
      ].join("\n"),
    );
  });

  it("puts what destroys and what refuses before everything else", () => {
    const refusals = [{ code: "JW3002", message: "not allowed", hint: "Pass --allow-replace.", address: "nimble/c" }];
    const actions = [action("nimble/b", "create"), action("nimble/c", "replace"), action("nimble/d", "delete")];
    const text = renderMarkdown(plan(actions, { refusals }), { kind: "plan" });
    const at = (needle: string): number => text.indexOf(needle);
    expect(
      at("> [!CAUTION]\n> **1 job will be deleted, 1 replaced (a new one made, the old one deleted)**"),
    ).toBeGreaterThan(0);
    expect(at("[!CAUTION]")).toBeLessThan(at("[!WARNING]"));
    expect(text).toContain("> - JW3002 <code>nimble/c</code>: not allowed<br>Pass --allow-replace.\n");
    const rows = text.split("\n").filter((line) => line.startsWith("| <code>"));
    expect(rows.map((row) => /nimble\/\w/.exec(row)?.[0])).toEqual(["nimble/d", "nimble/c", "nimble/b"]);
    expect(rows[1]).toContain("**replace**");
    expect(rows[1]).toContain("**refused**");
  });

  it("tells in the table what becomes of each job: values, schedules in words, when a deleted one ran", () => {
    const declared = { metadata: { name: "d" }, spec: { schedule: { cron: "0 6 * * *" }, key: { $secret: "env:K" } } };
    const base = { id: "job_7", declared } as unknown as JobState;
    const changes = [
      replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"),
      replaced("/spec/memory", 1, 2),
      replaced("/spec/text", "x".repeat(80), "y"),
      added("/spec/more", 1),
    ];
    const made = [added("/spec/schedule", { cron: "0 7 * * *" }), added("/spec/x", 1)];
    const text = renderMarkdown(
      plan([
        action("nimble/a", "update", { changes }),
        action("nimble/c", "create", { changes: made }),
        action("nimble/d", "delete", { base }),
      ]),
      { kind: "plan", words: WORDS, times: true },
    );
    expect(text.split("\n").filter((line) => line.startsWith("|"))).toEqual([
      "| action | job | what changes |",
      "|---|---|---|",
      "| <code>-</code>&nbsp;**delete** | <code>nimble/d</code> | schedule: every day at 06:00 |",
      "| <code>&#126;</code>&nbsp;update | <code>nimble/a</code> | <code>spec.schedule.cron</code>: every day at 06:00 → every day at 07:00<br><code>spec.memory</code>: <code>1</code> → <code>2</code><br><code>spec.text</code><br>and 1 more |",
      "| <code>&#43;</code>&nbsp;create | <code>nimble/c</code> | every day at 07:00<br>2 fields |",
    ]);
    const gone = text.slice(text.indexOf("```diff"), text.indexOf("</details>"));
    expect(gone).toContain('\n- spec: { schedule: { cron: "0 6 * * *" }, key: (secret env:K) }\n```');
  });

  it("leads to manifests' lines, and says what its caller wants said", () => {
    const refusals = [{ code: "JW3002", message: "no", hint: "", address: "nimble/a" }];
    const text = renderMarkdown(plan([action("nimble/a", "replace")], { refusals }), {
      kind: "plan",
      refusalNote: "A note.",
      after: ["**Further**"],
      foot: ["[the run](https://github.test/o/r/actions/runs/1)"],
      placeUrl: (file, line) => `https://github.test/o/r/blob/abc/${file}#L${line}`,
    });
    expect(text).toContain("**Refused: nothing of this is applied as it stands. Plan: 1 to replace.**");
    expect(text).toContain("> - JW3002 <code>nimble/a</code>: no\n>\n> A note.\n");
    expect(text).toContain(
      '<a href="https://github.test/o/r/blob/abc/jobs/a.yaml#L1"><code>jobs/a.yaml:1</code></a></summary>',
    );
    expect(text.indexOf("**Further**")).toBeGreaterThan(text.indexOf("| action |"));
    expect(text).toMatch(/ · \[the run\]\(https:\/\/github\.test\/o\/r\/actions\/runs\/1\)<\/sub>\n$/);
    expect(actingIn(text)).toEqual([]);
  });

  it("tells all drift in one table, and who changed what last", () => {
    const changes = [replaced("/spec/memory", 2, 1, { cause: "drift" })];
    const touched = { updatedAt: "2026-11-24T07:00:00Z", updatedBy: "ana@example.org" };
    const standings = [standing("nimble/p", "paused", "it is off"), standing("nimble/g", "missing", "it is gone")];
    const text = renderMarkdown(
      plan([action("nimble/a", "update", { changes, touched })], { standings, drifted: true }),
      { kind: "drift" },
    );
    expect(text.split("\n").filter((line) => line.startsWith("|"))).toEqual([
      "| what | job | Git → live | last changed |",
      "|---|---|---|---|",
      "| <code>&#126;</code>&nbsp;changed live | <code>nimble/a</code> | <code>spec.memory</code>: <code>1</code> → <code>2</code> | 2026-11-24 07:00 UTC by ana@&#8203;example.org |",
      "| <code>o</code>&nbsp;paused | <code>nimble/p</code> | it is off |  |",
      "| <code>-</code>&nbsp;gone | <code>nimble/g</code> | it is gone |  |",
    ]);
    expect(text).not.toContain("**Gone");
  });

  it("tells drift from Git's side", () => {
    const changes = [replaced("/spec/a", "by hand", "declared", { cause: "drift" }), replaced("/spec/b", 1, 2)];
    const text = renderMarkdown(plan([action("nimble/a", "update", { changes })], { drifted: true }), {
      kind: "drift",
    });
    expect(text).toContain("### jobwright drift\n\n**Drift: 1 job changed live.**");
    expect(text).toContain('- spec.a: "declared"\n+ spec.a: "by hand"\n```');
    expect(text).not.toContain("spec.b");
  });

  it("is the same at any time", () => {
    const changes = [replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *")];
    expect(
      renderMarkdown(plan([action("nimble/a", "update", { changes })]), { kind: "plan", words: WORDS }),
    ).not.toContain("2026");
  });

  describe("with a limit", () => {
    const many = plan(
      Array.from({ length: 40 }, (_, n) =>
        action(`nimble/job-${n}`, "update", { changes: [replaced("/spec/a", "x".repeat(n * 10), "y")] }),
      ),
      { standings: [standing("nimble/o", "orphaned", "n")] },
    );

    it("leaves out whole jobs, the largest first, and counts them", () => {
      const text = renderMarkdown(many, { kind: "plan", limit: 9000, whole: "All of it is in the job summary." });
      expect(text.length).toBeLessThanOrEqual(9000);
      const shown = text.split("<details>").length - 1;
      expect(text).toContain(`_Left out for length: ${40 - shown} jobs' details. All of it is in the job summary._`);
      expect(text).toContain("<details><summary><code>nimble/job-0</code>");
      expect(text).not.toContain("<details><summary><code>nimble/job-39</code>");
      expect(text).toContain("| <code>nimble/job-39</code> |");
      expectTame(text);
    });

    it("then leaves out rows of the table", () => {
      const text = renderMarkdown(many, { kind: "plan", limit: 2000 });
      expect(text.length).toBeLessThanOrEqual(2000);
      expect(text).toMatch(/\n\| \| and \d+ more\n/);
      expect(text).toContain("**Plan: 40 to update. 1 no longer declared.**");
    });

    it("counts bytes where it is asked to", () => {
      const measure = (text: string): number => Buffer.byteLength(text);
      const wide = plan(
        Array.from({ length: 40 }, (_, n) =>
          action(`nimble/日本語${n}`, "create", { changes: [added("/spec/a", "語".repeat(50))] }),
        ),
      );
      expect(measure(renderMarkdown(wide, { kind: "plan", limit: 4000, measure }))).toBeLessThanOrEqual(4000);
    });

    it("never is longer, never cuts a block open", () => {
      fc.assert(
        fc.property(hostilePlan(), fc.integer({ min: 1500, max: 5000 }), (hostileOne, limit) => {
          const text = renderMarkdown(hostileOne, { kind: "plan", limit, requests: true });
          expect(text.length).toBeLessThanOrEqual(limit);
          expectTame(text);
        }),
        { numRuns: 60 },
      );
    });
  });

  it("A59 cannot be broken out of", () => {
    fc.assert(
      fc.property(hostilePlan(), (hostileOne) => {
        expectTame(renderMarkdown(hostileOne, { kind: "plan", words: WORDS, requests: true }));
        expectTame(renderMarkdown(hostileOne, { kind: "drift", words: WORDS }));
      }),
      { numRuns: 100 },
    );
  });
});
