import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHtml } from "../../src/render/html.ts";
import { renderStatusHtml } from "../../src/render/status-html.ts";
import { AXE_PATH, BROWSER_PATH, sayWhetherSkipped, startBrowser } from "../support/browser.ts";
import { action, plan, replaced } from "./builders.ts";
import { NASTY } from "./hostile.ts";
import { CROWDING_SHIFTS, SAMPLE_META, samplePlan, shifts, WEEK_WORDS } from "./report-sample.ts";
import { row, statusWith } from "./status-builders.ts";

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

const shown = { meta: SAMPLE_META, words: WEEK_WORDS, shifts: CROWDING_SHIFTS };
const meta = { tool: "jobwright/0.1.0", createdAt: "2026-11-23T10:00:00Z", environment: "" };
const statusRows = [
  row("prices"),
  row("stock", { standing: "drifted", changes: [{ path: "/spec/note", cause: "drift" }] }),
  row("train", { address: "blaxel/train", target: "blaxel", provider: "blaxel", standing: "missing", live: false }),
];

const PAGES: Readonly<Record<string, string>> = {
  plan: renderHtml(samplePlan(), { kind: "plan", ...shown }),
  drift: renderHtml(samplePlan(), { kind: "drift", ...shown }),
  status: renderStatusHtml(statusWith(statusRows), meta, "Asia/Tokyo", undefined, WEEK_WORDS.firesInWeek),
};

/** A page in the browser, and everything that it complained of or asked for. */
interface Visit {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

sayWhetherSkipped();

describe.skipIf(BROWSER_PATH === undefined)("HTML reports in Chromium", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await startBrowser();
    folder = await mkdtemp(join(tmpdir(), "jobwright-pages-"));
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function visit<T>(
    html: string,
    use: (visit: Visit) => Promise<T>,
    options: BrowserContextOptions = {},
    hash = "",
  ): Promise<T> {
    const context = await browser.newContext({ viewport: DESK, ...options });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => complaints.push(dialog.message()));
      page.on("request", (request) => requests.push(request.url()));
      const file = join(folder, "page.html");
      await writeFile(file, html);
      await page.goto(`${pathToFileURL(file).href}${hash}`);
      return await use({ page, complaints, requests });
    } finally {
      await context.close();
    }
  }

  /** Addresses of the jobs that can be seen. */
  const visibleJobs = (page: Page): Promise<string[]> =>
    page.locator("details.job:visible > summary > code:first-of-type").allTextContents();

  const found = (page: Page) => page.locator("#found");

  for (const [name, html] of Object.entries(PAGES)) {
    it(`shows a ${name} without a complaint, and asks for nothing but itself`, async () => {
      await visit(html, async ({ page, complaints, requests }) => {
        await page.locator("#filters").waitFor();
        await page.locator("input[type=search]").fill("nimble");
        await found(page).filter({ hasText: / of / }).waitFor();
        expect(complaints).toEqual([]);
        expect(requests.filter((url) => !url.startsWith("file:"))).toEqual([]);
        expect(requests).toHaveLength(1);
      });
    });

    for (const colorScheme of ["light", "dark"] as const) {
      for (const viewport of [DESK, PHONE]) {
        it(`shows a ${name} that everybody can read, ${colorScheme}, ${viewport.width} wide`, async () => {
          // The policy would keep the checker out; it is lifted for this test alone.
          const options = { colorScheme, viewport, bypassCSP: true };
          const axe = await readFile(AXE_PATH, "utf8");
          await visit(
            html,
            async ({ page }) => {
              await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
              await page.evaluate(axe);
              const result: unknown = await page.evaluate(
                "axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => [impact, id, nodes.slice(0, 3).map((node) => node.html)]))",
              );
              expect(result).toEqual([]);
              const wide: unknown = await page.evaluate("document.documentElement.scrollWidth");
              expect(wide).toBe(viewport.width);
            },
            options,
          );
        });
      }
    }
  }

  it("filters by action, cause, target and text, and shows all again", async () => {
    await visit(PAGES["plan"] ?? "", async ({ page }) => {
      const all = ["blaxel/train", "nimble/legacy", "nimble/prices", "nimble/reviews"];
      expect(await visibleJobs(page)).toEqual(all);
      expect(await found(page).textContent()).toBe("All 6 jobs are shown.");

      await page.getByLabel("Action").selectOption("update");
      await found(page).getByText("2 of 6 jobs are shown.").waitFor();
      expect(await visibleJobs(page)).toEqual(["blaxel/train", "nimble/prices"]);

      await page.getByLabel("Target").selectOption("nimble");
      await found(page).getByText("1 of 6").waitFor();
      expect(await visibleJobs(page)).toEqual(["nimble/prices"]);
      expect(await page.locator("h2:visible").allTextContents()).toEqual([
        "When jobs start",
        "nimble https://sdk.nimbleway.com",
      ]);

      await page.getByLabel("Action").selectOption("delete");
      await page.getByLabel("Cause").selectOption("drift");
      await found(page).getByText("Nothing fits.").waitFor();

      await page.getByRole("button", { name: "Reset" }).click();
      await found(page).getByText("All 6").waitFor();
      expect(await visibleJobs(page)).toEqual(all);

      await page.getByLabel("Search").fill("STRICT=true  prices");
      await found(page).getByText("1 of 6").waitFor();
      expect(await visibleJobs(page)).toEqual(["nimble/prices"]);

      await page.getByLabel("Search").fill("");
      await page.getByLabel("Cause").selectOption("paused");
      await found(page).getByText("1 of 6").waitFor();
      expect(await page.locator("li[data-item]:visible").textContent()).toContain("nimble/sale");
    });
  });

  it("filters the rows of a status", async () => {
    await visit(PAGES["status"] ?? "", async ({ page }) => {
      await page.getByLabel("Standing").selectOption("drifted");
      await found(page).getByText("1 of 3").waitFor();
      expect(await page.locator("tbody tr[data-item]:visible td:first-child code").allTextContents()).toEqual([
        "nimble/stock",
      ]);
    });
  });

  it("folds and unfolds what is shown, and unfolds the job that a link leads to", async () => {
    const many = plan(
      Array.from({ length: 30 }, (_, n) =>
        action(`nimble/j${n}`, n === 7 ? "delete" : "update", { changes: [replaced("/spec/a", n, 1)] }),
      ),
    );
    await visit(renderHtml(many, { kind: "plan", ...shown }), async ({ page }) => {
      const open = page.locator("details.job[open]");
      expect(await open.count()).toBe(0);
      await page.getByLabel("Search").fill("nimble/j1");
      await page.getByRole("link", { name: "nimble/j7" }).click();
      await open.first().waitFor();
      expect(await open.locator("summary code").first().textContent()).toBe("nimble/j7");
      expect(await open.first().isVisible()).toBe(true);
      await page.getByRole("button", { name: "Unfold all" }).click();
      expect(await open.count()).toBe(30);
      await page.getByRole("button", { name: "Fold all", exact: true }).click();
      expect(await open.count()).toBe(0);
    });
  });

  it("filters by its counts, and back", async () => {
    await visit(PAGES["plan"] ?? "", async ({ page }) => {
      const pick = page.getByRole("button", { name: "1 delete" });
      await pick.click();
      await found(page).getByText("1 of 6").waitFor();
      expect(await visibleJobs(page)).toEqual(["nimble/legacy"]);
      expect(await pick.getAttribute("aria-pressed")).toBe("true");
      expect(await page.getByLabel("Action").inputValue()).toBe("delete");
      await pick.click();
      await found(page).getByText("All 6").waitFor();
      // What nothing on the page stands for is no button.
      expect(await page.getByRole("button", { name: "412 unchanged" }).count()).toBe(0);
    });
  });

  it("is searched and unfolded from the keyboard", async () => {
    await visit(PAGES["plan"] ?? "", async ({ page }) => {
      await page.locator("#filters").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("legacy/");
      expect(await page.getByLabel("Search").inputValue()).toBe("legacy/");
      await page.keyboard.press("Backspace");
      await found(page).getByText("1 of 6").waitFor();
      await page.keyboard.press("Escape");
      await found(page).getByText("All 6").waitFor();
      const job = page.locator("details.job").first();
      await job.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      expect(await job.getAttribute("open")).toBeNull();
    });
  });

  it("unfolds what is printed, and folds it again", async () => {
    await visit(PAGES["plan"] ?? "", async ({ page }) => {
      await page.getByRole("button", { name: "Fold all", exact: true }).click();
      const open = page.locator("details.job[open]");
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await open.count()).toBe(4);
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      expect(await open.count()).toBe(0);
    });
  });

  it("begins on a phone with the map folded", async () => {
    for (const [viewport, open] of [
      [PHONE, 0],
      [DESK, 1],
    ] as const) {
      await visit(PAGES["plan"] ?? "", ({ page }) => page.locator("details.map[open]").count(), { viewport }).then(
        (n) => expect(n).toBe(open),
      );
    }
  });

  describe("of very many jobs", () => {
    const text = (n: number): string => `value-${n}. <b>"many"</b> & more ${n === 250 ? NASTY.join(" ") : ""}`;
    const many = renderHtml(
      plan(
        Array.from({ length: 301 }, (_, n) =>
          action(`nimble/j${n}`, "update", { changes: [replaced("/spec/note", "x", text(n))] }),
        ),
      ),
      { kind: "plan", ...shown },
    );

    it("finds what is in a folded one that nobody unfolded yet, and shows it then", async () => {
      await visit(many, async ({ page, complaints, requests }) => {
        await page.locator("#filters").waitFor();
        expect(await page.locator("details.job table").count()).toBe(0);
        await page.getByLabel("Search").fill('value-77. <b>\\"many\\"</b> &');
        await found(page).getByText("1 of 301").waitFor();
        expect(await visibleJobs(page)).toEqual(["nimble/j77"]);
        await page.locator("details.job:visible > summary").click();
        await page.locator("details.job:visible ins").getByText('"value-77. <b>\\"many').waitFor();
        // Names of tags are not in it.
        await page.getByLabel("Search").fill("tbody");
        await found(page).getByText("Nothing fits.").waitFor();
        await page.getByLabel("Search").fill("value-250.");
        await found(page).getByText("1 of 301").waitFor();
        await page.locator("details.job:visible > summary").click();
        await page.locator("details.job:visible table").waitFor();
        expect(await page.locator("script, style, link, img, iframe, object, embed").count()).toBe(2);
        expect(complaints).toEqual([]);
        expect(requests).toHaveLength(1);
      });
    });

    it("shows all without its script", async () => {
      await visit(many, async ({ page }) => expect(await page.locator("details.job table").count()).toBe(301), {
        javaScriptEnabled: false,
      });
    });
  });

  it("tells of a crowd before and after", async () => {
    await visit(PAGES["plan"] ?? "", async ({ page }) => {
      const map = page.locator("details.map", { hasText: "nimble" });
      expect(await map.locator("summary").textContent()).toContain(
        "This change moves 300 jobs to 06:00 UTC. Peak: 61 → 341 starts in one minute (06:00 UTC, every day).",
      );
      const [before, after] = await map.locator("table").all();
      expect(await before?.locator("caption").textContent()).toBe("Live now");
      expect(await after?.locator("tbody tr").nth(6).locator("td").first().textContent()).toBe("352");
      expect(await after?.locator("td.peak").count()).toBe(7);
    });
  });

  it("shows everything without its script", async () => {
    await visit(
      PAGES["plan"] ?? "",
      async ({ page }) => {
        expect(await page.locator("#filters").isVisible()).toBe(false);
        expect(await visibleJobs(page)).toHaveLength(4);
        expect(await page.locator("li[data-item]:visible").count()).toBe(2);
      },
      { javaScriptEnabled: false },
    );
  });

  it("runs nothing that stands in a job", async () => {
    const actions = NASTY.map((text, at) =>
      action(`nimble/${text}`, at % 2 === 0 ? "update" : "delete", {
        changes: [replaced(`/spec/${at}`, text, `${text}!`)],
        notes: [text],
      }),
    );
    const html = renderHtml(plan(actions), {
      kind: "plan",
      meta: SAMPLE_META,
      words: WEEK_WORDS,
      shifts: NASTY.flatMap((text) => shifts(9, `${text}/x`, text, "0 6 * * *")),
    });
    await visit(html, async ({ page, complaints, requests }) => {
      await page.locator("#filters").waitFor();
      for (const option of await page.getByLabel("Action").locator("option").all()) {
        await page.getByLabel("Action").selectOption((await option.getAttribute("value")) ?? "");
      }
      expect(complaints).toEqual([]);
      expect(requests).toHaveLength(1);
      expect(await page.locator("details.job").count()).toBe(actions.length);
      expect(await page.locator("script, style, link, img, iframe, object, embed").count()).toBe(2);
    });
  });
});
