import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STANDINGS } from "../../src/model/status.ts";
import { renderStatusHtml } from "../../src/render/status-html.ts";
import { STANDING_WORDS } from "../../src/render/status-text.ts";
import { commandsRunner, hostile } from "./hostile.ts";
import { ALL_STANDINGS, FIELDS, row, statusWith } from "./status-builders.ts";

const META = { tool: "jobwright/0.1.0", createdAt: "2026-11-23T12:00:00.000Z", environment: "prod" };

/** The names of all tags, in order. */
function tags(page: string): readonly string[] {
  return [...page.matchAll(/<\/?([a-z][a-z0-9]*)/g)].map(([, name = ""]) => name);
}

describe("a status as an HTML page", () => {
  it("tells of every job and how much is managed", () => {
    const page = renderStatusHtml(ALL_STANDINGS, META, "UTC");
    for (const standing of STANDINGS) {
      expect(page).toContain(`<code>nimble/j-${standing}</code>`);
      expect(page).toContain(`>${STANDING_WORDS[standing]}</td>`);
    }
    expect(page).toContain("10 of 11 live jobs are managed (90 %).");
    expect(page).toContain("jobwright/0.1.0, environment prod, 2026-11-23 12:00 UTC");
    expect(page.endsWith("</html>\n")).toBe(true);
  });

  it("has a column for the reader's zone where it is not as UTC", () => {
    const page = (zone: string) => renderStatusHtml(statusWith([row("a")]), META, zone);
    expect(page("Asia/Tokyo")).toContain("<th>in Asia/Tokyo</th>");
    expect(page("Asia/Tokyo")).toContain('<td data-label="in Asia/Tokyo">2026-11-24 15:00</td>');
    expect(page("UTC")).not.toContain("<th>in ");
  });

  it("tells of the fields of one job", () => {
    const page = renderStatusHtml(statusWith([row("a")]), META, "UTC", FIELDS);
    expect(page).toContain("<td>filled by bl deploy</td>");
    expect(page).toContain("<td>Git: 8192 <span");
    expect(page).toContain("drift: live moved");
  });

  it("loads nothing and runs nothing", () => {
    const page = renderStatusHtml(ALL_STANDINGS, META, "UTC", FIELDS);
    expect(page).toMatch(/content="default-src 'none'; style-src 'sha256-[^']+'/);
    expect(page).not.toMatch(/<img|<link|src=|href=|url\(/);
  });

  it("has the same tags whatever stands in it", () => {
    const page = (text: string) => {
      const job = row(text, {
        ...{ notes: [text], deployment: text, lastRun: { at: text, status: text }, lastChange: { at: text, by: text } },
        schedules: [{ cron: text, on: true, words: text }],
      });
      const fields = [{ path: `/spec/${text.replaceAll(/[~/]/g, "")}`, owner: "other" as const, by: text, live: text }];
      const warnings = [{ code: "JW3006", message: text }];
      return renderStatusHtml(statusWith([job], { warnings }), { ...META, environment: `e${text}` }, "UTC", fields);
    };
    const plain = tags(page("plain"));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(tags(page(text))).toEqual(plain);
        expect(commandsRunner(page(text))).toBe(false);
      }),
    );
  });
});
