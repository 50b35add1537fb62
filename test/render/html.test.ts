import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderHtml } from "../../src/render/html.ts";
import { html } from "../../src/render/html-markup.ts";
import { action, added, plan, replaced, WORDS } from "./builders.ts";
import { actsOnTerminal } from "./hostile.ts";
import { hostilePlan } from "./hostile-plan.ts";

const VOID = new Set(["meta"]);

/** Reads the page's tags; fails where they do not nest, or one is not ours. */
function expectNested(page: string): void {
  const body = page.replace(/<style>[^<]*<\/style>/, "").replace("<!doctype html>", "");
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
    expect(page).toContain("<del>&quot;0 6 * * *&quot;</del><ins>&quot;0 7 * * *&quot;</ins>");
    expect(page).toContain("every day at 06:00 → every day at 07:00; next 2026-11-24 07:00 UTC");
    expect(page).toContain("<ins>a</ins><ins>b</ins>");
    expect(page).toContain("<pre>PATCH /v1/jobs/job_7\n{\n  &quot;script&quot;: &quot;a &lt;b&gt;&quot;\n}</pre>");
    expect(page).toContain(
      '<section class="box danger"><p><strong>1 job will be deleted</strong></p><ul><li><code>nimble/b</code></li></ul>',
    );
  });

  it("loads nothing and runs nothing, and its policy allows its own style sheet alone", () => {
    const style = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/<script|<link|<img|<iframe| on[a-z]+=| style=| src=| href=|url\(|@import/);
  });

  it("folds jobs where there are many", () => {
    const many = plan(Array.from({ length: 21 }, (_, n) => action(`nimble/j${n}`, "create")));
    expect(renderHtml(many, { kind: "plan" })).not.toContain('<details class="job create" open>');
    expect(page).toContain('<details class="job update" open>');
  });

  it("cannot be broken out of", () => {
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
