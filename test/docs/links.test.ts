import { existsSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorsOf, linksOf } from "../support/markdown-page.ts";
import { filesUnder, ROOT, read } from "../support/source-files.ts";

const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
  ...filesUnder("docs", ".md"),
  ...filesUnder("examples", ".md"),
];

/** Links of a page within the project: the file, relative to the project, and the anchor in it, or "". */
function localLinks(
  page: string,
): readonly { readonly page: string; readonly file: string; readonly anchor: string }[] {
  return linksOf(read(page))
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path = "", anchor = ""] = to.split("#");
      return { page, file: path === "" ? page : posix.join(posix.dirname(page), path), anchor };
    });
}

const links = PAGES.flatMap(localLinks);

describe("links", () => {
  it("lead to files that are there", () => {
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(({ file }) => !existsSync(ROOT + file))).toEqual([]);
  });

  it("lead to headings that are there", () => {
    const anchored = links.filter(({ anchor }) => anchor !== "");
    expect(anchored.length).toBeGreaterThan(40);
    expect(anchored.filter(({ file, anchor }) => !anchorsOf(read(file)).has(anchor))).toEqual([]);
  });

  it("lead from the index to every page, and from the README to the index", () => {
    const reached = new Set(localLinks("docs/README.md").map(({ file }) => file));
    expect(filesUnder("docs", ".md").filter((page) => page !== "docs/README.md" && !reached.has(page))).toEqual([]);
    expect(localLinks("README.md").map(({ file }) => file)).toContain("docs/README.md");
  });
});

describe("anchors", () => {
  it("are those that GitHub makes", () => {
    const page =
      "# A `code` & more\n## Nimble: `nimbleway.com/v1`\n```sh\n# no heading\n```\n## Back: `--drifted`\n## Twice\n## Twice\n";
    expect([...anchorsOf(page)]).toEqual([
      "a-code--more",
      "nimble-nimblewaycomv1",
      "back---drifted",
      "twice",
      "twice-1",
    ]);
  });

  it("are not looked for in code", () => {
    expect(linksOf("[a](b.md) `[c](d.md)` <!-- [e](f.md) -->\n```text\n[g](h.md)\n```\n")).toEqual(["b.md"]);
  });
});
