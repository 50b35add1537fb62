import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  codeMarkdown,
  cutText,
  fence,
  fitsIn,
  safeFrameLine,
  safeHtml,
  safeJson,
  safeMarkdown,
  safeText,
  visible,
  widthOf,
} from "../../src/render/safe.ts";
import { actingIn, renderGfm } from "../support/gfm.ts";
import { actsOnTerminal, commandsRunner, hostile } from "./hostile.ts";

describe("safeText", () => {
  it("shows line ends and escapes as what they are", () => {
    expect(safeText("a\nb\tc\r\u001b[31m\u0000\u009b")).toBe("a\\nb\\tc\\r\\x1b[31m\\x00\\x9b");
  });

  it("shows direction marks, separators, fillers and lone surrogates", () => {
    expect(safeText("\u202ea\u2066\u2028\ufeff\u200b\ud800")).toBe("\\u202ea\\u2066\\u2028\\ufeff\\u200b\\ud800");
    expect(safeText("\u{e0041}")).toBe("\\u{e0041}");
  });

  it("leaves ordinary text of any script alone", () => {
    const texts = ["amazon-pdp-daily", "Größe 5 €", "日本語", "العربية", "👩🏽‍💻 ok", "می‌خواهم", "x::y", "a ## b [c]"];
    for (const text of texts) expect(safeText(text)).toBe(text);
  });

  it("shows a joiner that would make two ASCII names look the same", () => {
    expect(safeText("pay\u200dments")).toBe("pay\\u200dments");
  });

  it("breaks runner commands visibly", () => {
    expect(safeText("::error::x")).toBe("\\::error::x");
    expect(safeText("  ::error::x")).toBe("  \\::error::x");
    expect(safeText("a ##[error]x ##vso[task]")).toBe("a ##\\[error]x ##vso\\[task]");
  });

  it("A59 flattens piles of combining marks", () => {
    const bomb = `x${"\u0300".repeat(100_000)}y`;
    expect(safeText(bomb)).toBe(`x${"\u0300".repeat(8)}(+99992 marks)y`);
  });

  it("A59 holds nothing that acts, whatever goes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = safeText(text);
        expect(actsOnTerminal(safe)).toBe(false);
        expect(safe).not.toContain("\n");
        expect(commandsRunner(safe)).toBe(false);
      }),
    );
  });
});

describe("safeJson", () => {
  it("A59 says the same, and holds nothing that acts", () => {
    fc.assert(
      fc.property(
        fc.dictionary(hostile, fc.oneof(hostile, fc.array(hostile, { maxLength: 3 })), { maxKeys: 4 }),
        (value) => {
          for (const indent of [0, 2]) {
            const text = safeJson(value, indent);
            expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
            expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
            expect(commandsRunner(text)).toBe(false);
          }
        },
      ),
    );
    expect(safeJson("##[add-mask]a \u009b\u202e\u{e0041} 日本")).toBe(
      '"##\\u005badd-mask]a \\u009b\\u202e\\udb40\\udc41 日本"',
    );
  });
});

describe("safeFrameLine", () => {
  it("keeps one column for each unit, so that the caret stays under its place", () => {
    const line = "a\tb\u001bc\u{e0041}d";
    expect(safeFrameLine(line, "?")).toBe("a b?c??d");
    expect(safeFrameLine(line, "?").length).toBe(line.length);
  });
});

describe("safeHtml", () => {
  it("escapes what HTML reads", () => {
    expect(safeHtml(`<b a="1" c='2'>&\``)).toBe("&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&#96;");
  });

  it("A59 holds no tag, quote, control character or command", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = safeHtml(text);
        expect(safe).not.toMatch(/[<>"'`]/);
        expect(safe.replace(/&(amp|lt|gt|quot|#\d+);/g, "")).not.toContain("&");
        expect(actsOnTerminal(safe) || commandsRunner(safe)).toBe(false);
      }),
    );
  });
});

describe("safeMarkdown", () => {
  it("leaves plain words as they are", () => {
    expect(safeMarkdown("the cron never fires, see line 3: it is 31 Feb")).toBe(
      "the cron never fires, see line 3: it is 31 Feb",
    );
  });

  it("takes the meaning from markup", () => {
    expect(safeMarkdown("*a* _b_ `c` [d](e) <i> | ~~f~~")).toBe(
      "\\*a\\* \\_b\\_ \\`c\\` \\[d\\]\\(e\\) &lt;i&gt; \\| \\~\\~f\\~\\~",
    );
    expect(safeMarkdown("# h")).toBe("\\# h");
    expect(safeMarkdown("- item")).toBe("\\- item");
    expect(safeMarkdown("1. item")).toBe("1&#8203;. item");
  });

  it("mentions nobody and refers to nothing", () => {
    expect(safeMarkdown("@org/team #12 GH-3 https://x.example www.x.example")).toBe(
      "@&#8203;org/team #&#8203;12 GH-&#8203;3 https:&#8203;//x.example www&#8203;.x.example",
    );
  });

  it("A59 holds nothing that acts in Markdown, whatever goes in", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = safeMarkdown(text);
        const unescaped = safe.replace(/\\[\\`*_[\]|~$!()#+=:-]/g, "");
        expect(unescaped).not.toMatch(/[\\`*_[\]|~$!()<>]/);
        expect(safe.replaceAll("&#8203;", "\u200b")).not.toMatch(/@\w|#\d|GH-\d|:\/\/|www\.|\n/i);
        expect(actsOnTerminal(safe) || commandsRunner(safe)).toBe(false);
      }),
    );
  });
});

describe("codeMarkdown", () => {
  it("is no address, wherever addresses are looked for", () => {
    for (const text of ["www.evil.example", "https://evil.example", "ana@example.org", "mailto:ana@example.org"]) {
      expect(renderGfm(codeMarkdown(text)).tags.map(({ name }) => name)).toEqual(["p", "code"]);
    }
    expect(codeMarkdown("ana@example.org")).toBe("<code>ana&#64;&#8203;example.org</code>");
    expect(codeMarkdown("@v2")).toBe("<code>&#64;v2</code>");
  });

  it("is readable for usual names", () => {
    expect(codeMarkdown("nimble/amazon_pdp-daily.v2")).toBe("<code>nimble/amazon_pdp-daily.v2</code>");
  });

  it("holds nothing that acts in Markdown, a table or HTML", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const inside = codeMarkdown(text).replace(/^<code>|<\/code>$/g, "");
        expect(inside.replace(/&#\d+;/g, "")).not.toMatch(/[^\w\s./:,\x80-\u{10ffff}-]|:\/\//u);
        expect(inside).not.toContain("\n");
        expect(actsOnTerminal(inside)).toBe(false);
        expect(actingIn(codeMarkdown(text))).toEqual([]);
        expect(renderGfm(`a ${codeMarkdown(text)}`).text.replaceAll("\u200b", "")).toBe(`a ${visible(text)}`);
      }),
    );
  });
});

describe("fence", () => {
  it("is longer than any run of backticks inside", () => {
    expect(fence("a ```` b", "diff")).toBe("`````diff\na ```` b\n`````");
    expect(fence("plain")).toBe("```\nplain\n```");
  });

  it("cannot be left from inside", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = fence(text, "diff").split("\n");
        const marks = lines.at(-1) ?? "";
        expect(lines[0]).toBe(`${marks}diff`);
        expect(lines.slice(1, -1).some((line) => line.includes(marks))).toBe(false);
        expect(commandsRunner(lines.join("\n"))).toBe(false);
      }),
    );
  });
});

describe("cutText", () => {
  it("leaves alone what fits, in columns rather than in units", () => {
    expect(cutText("abc", 3)).toBe("abc");
    expect(cutText("日本", 4)).toBe("日本");
  });

  it("tells how much is missing", () => {
    expect(cutText("a".repeat(100), 30)).toBe(`${"a".repeat(11)}… (+89 characters)`);
    expect(cutText("a".repeat(100), 30, "...")).toBe(`${"a".repeat(9)}... (+91 characters)`);
  });

  it("never splits a character", () => {
    const people = "👩🏽‍💻".repeat(20);
    expect(cutText(people, 30)).toMatch(/^(👩🏽‍💻)+… \(\+\d+ characters\)$/u);
  });

  it("keeps to the width and counts all that is missing", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 30, max: 120 }), (text, width) => {
        const safe = safeText(text);
        const cut = cutText(safe, width);
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
        const note = cut === safe ? null : /… \(\+(\d+) characters\)$/.exec(cut);
        if (note !== null) expect(cut.length - note[0].length + Number(note[1])).toBe(safe.length);
      }),
    );
  });

  it("is told to fit, or not, without measuring all of it", () => {
    expect([fitsIn("日本", 4), fitsIn("日本", 3), fitsIn("", 0), fitsIn("x".repeat(1e6), 200)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it("A59 is quick on a megabyte", () => {
    const megabyte = "日\u0301".repeat(500_000);
    expect(widthOf(cutText(megabyte, 80))).toBeLessThanOrEqual(80);
  });
});
