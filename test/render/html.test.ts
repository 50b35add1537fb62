import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../../src/model/plan.ts";
import { renderHtml } from "../../src/render/html.ts";
import { html } from "../../src/render/html-markup.ts";
import { action, added, plan, replaced, WORDS } from "./builders.ts";
import { actsOnTerminal } from "./hostile.ts";
import { hostilePlan } from "./hostile-plan.ts";

const VOID = new Set(["meta", "input"]);

/** Reads the page's tags; fails where they do not nest, or one is not ours. */
function expectNested(page: string): void {
  const body = page.replace(/<(style|script)>[^<]*<\/\1>/g, "").replace("<!doctype html>", "");
  const open: string[] = [];
  for (const [tag, slash = "", name = ""] of body.matchAll(/<(\/?)([a-z0-9]*)[^>]*>?/g)) {
    expect(tag).toMatch(/^<\/?[a-z][a-z0-9]*( [a-z-]+(="[^"<>]*")?)*>$/);
    if (slash === "/") expect(open.pop()).toBe(name);
    else if (!VOID.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
}

describe("html", () => {
  it("escapes every hole but markup", () => {
    const name = `<img src="x" onerror='alert(1)'>&`;
    expect(html`<p title="${name}">${[html`<b>${1}</b>`, name, undefined]}</p>`.text).toBe(
      '<p title="&lt;img src=&quot;x&quot; onerror=&#39;alert(1)&#39;&gt;&amp;"><b>1</b>&lt;img src=&quot;x&quot; onerror=&#39;alert(1)&#39;&gt;&amp;</p>',
    );
  });
});

describe("renderHtml", () => {
  const changes = [replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"), added("/spec/script", "a\nb\n")];
  const requests = [{ method: "PATCH", path: "/v1/jobs/job_7", body: { script: "a <b>" } } as const];
  const page = renderHtml(plan([action("nimble/a", "update", { changes, requests }), action("nimble/b", "delete")]), {
    kind: "plan",
    words: WORDS,
  });

  it("shows counts, changes, schedules in words and requests", () => {
    expect(page).toContain(
      '<li class="update" data-pick="update"><b>1</b> update</li><li class="delete" data-pick="delete"><b>1</b> delete</li>',
    );
    expect(page).toContain("<td><del>&quot;0 6 * * *&quot;</del></td><td><ins>&quot;0 7 * * *&quot;</ins></td></tr>");
    expect(page).toContain("every day at 06:00 → every day at 07:00; next 2026-11-24 07:00 UTC");
    expect(page).toContain("<td></td><td><ins>a</ins></td></tr><tr><td></td><td><ins>b</ins></td></tr>");
    expect(page).toContain(
      '<pre tabindex="0">PATCH /v1/jobs/job_7\n{\n  &quot;script&quot;: &quot;a &lt;b&gt;&quot;\n}</pre>',
    );
    expect(page).toContain(
      '<section class="box danger"><p><strong>1 job will be deleted</strong></p><ul><li><a href="#job-1"><code>nimble/b</code></a></li></ul>',
    );
  });

  it("tells in a folded job why and where it differs", () => {
    const summary = (kind: "plan" | "drift", job: Action): string =>
      /<summary>(<span class="word">.*)<\/summary>/.exec(renderHtml(plan([job]), { kind }))?.[1] ?? "";
    const paths = ["/spec/schedule/cron", "/spec/description", "/metadata/labels/team", "/spec/x", "/spec/y"];
    const causes = ["pending", "drift", "conflict", "pending", "drift"] as const;
    const job = action("nimble/a", "update", {
      changes: paths.map((path, at) => replaced(path, 1, 2, { cause: causes[at] ?? "pending" })),
    });
    expect(summary("plan", job)).toBe(
      '<span class="word">update</span> <code>nimble/a</code> <span class="badge drift">drift</span> <span class="badge conflict">conflict</span> <span class="soft">schedule.cron, description, metadata.labels.team and 2 more</span> <code class="soft">jobs/a.yaml:1</code>',
    );
    expect(summary("drift", job)).toContain('changed live</span> <code>nimble/a</code> <span class="badge conflict">');
    const made = action("nimble/b", "create", { changes: [added("/spec/a", 1, { cause: "drift" })] });
    expect(summary("plan", made)).toContain('<code>nimble/b</code> <span class="soft">1 field</span>');
  });

  it("counts in a drift report what was done live, and says what can be done about it", () => {
    const moved = action("nimble/a", "update", { changes: [replaced("/spec/a", 1, 2, { cause: "drift" })] });
    const waiting = action("nimble/b", "update", { changes: [replaced("/spec/a", 1, 2)] });
    const drifted = renderHtml(plan([moved, waiting], { drifted: true, summary: { unchanged: 7 } }), { kind: "drift" });
    expect(
      [...drifted.matchAll(/<li class="\S+" data-pick="\S+"><b>(\d+)<\/b> ([^<]+)/g)].map((m) => m.slice(1)),
    ).toEqual([
      ["1", "changed live"],
      ["1", "waiting in Git"],
      ["7", "unchanged"],
    ]);
    expect(drifted).toContain("jobwright apply --only-cause drift puts it back");
  });

  it("names what was done by hand and is undone", () => {
    const moved = action("nimble/a", "update", { changes: [replaced("/spec/a", 1, 2, { cause: "drift" })] });
    expect(renderHtml(plan([moved]), { kind: "plan" })).toContain(
      '<li>1 job was changed live; this puts it back: <a href="#job-1"><code>nimble/a</code></a></li>',
    );
  });

  it("tells the environment and the time at the top", () => {
    const meta = { tool: "jobwright/0.1.0", createdAt: "2026-11-23T10:00:00Z", environment: "prod", flags: {} };
    const text = renderHtml(plan([]), { kind: "plan", meta });
    expect(text).toContain("<title>jobwright plan (prod)</title>");
    expect(text).toContain(
      '<h1>jobwright plan <span class="badge">prod</span></h1>\n<p class="soft">2026-11-23 10:00 UTC</p>',
    );
  });

  it("leaves what is inside of very many jobs unread until it is unfolded", () => {
    const many = (n: number) =>
      plan(Array.from({ length: n }, (_, at) => action(`nimble/j${at}`, "update", { changes })));
    expect(renderHtml(many(300), { kind: "plan" })).not.toContain("<noscript>");
    const text = renderHtml(many(301), { kind: "plan" });
    expect(text.match(/<\/summary>\n<noscript><div>/g)).toHaveLength(301);
    expectNested(text);
  });

  it("loads nothing, and its policy allows its own style sheet and script alone", () => {
    const [style, script] = [/<style>([^<]*)<\/style>/, /<script>([^<]*)<\/script>/].map((part) =>
      createHash("sha256")
        .update(part.exec(page)?.[1] ?? "")
        .digest("base64"),
    );
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${style}'; script-src 'sha256-${script}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(
      /<link|<img|<iframe| on[a-z]+="| style=| src=| href="[^#]|url\(|@import|fetch|XMLHttp|import\(/,
    );
  });

  it("folds jobs where there are many", () => {
    const many = plan(Array.from({ length: 21 }, (_, n) => action(`nimble/j${n}`, "create")));
    const job = (kind: string): RegExp => new RegExp(`<details id="job-\\d+" class="job ${kind}" [^>]* open>`);
    expect(renderHtml(many, { kind: "plan" })).not.toMatch(job("create"));
    expect(page).toMatch(job("update"));
  });

  it("A59 cannot be broken out of", () => {
    const meta = { tool: "jobwright/0.1.0", createdAt: "2026-11-23T10:00:00Z", environment: "<prod>", flags: {} };
    fc.assert(
      fc.property(hostilePlan(), (hostileOne) => {
        for (const kind of ["plan", "drift"] as const) {
          const text = renderHtml(hostileOne, { kind, meta, words: WORDS });
          expectNested(text);
          expect(actsOnTerminal(text)).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});
