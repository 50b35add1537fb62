import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
    expect(page).toContain("<li><b>1</b> update</li><li><b>1</b> delete</li>");
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
