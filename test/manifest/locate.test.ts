import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { spanAt } from "../../src/manifest/locate.ts";
import type { Json } from "../../src/model/json.ts";
import { parse } from "./project.ts";

/** What is written where a path leads, in the first document of a text. */
function textAt(text: string, path: readonly string[], part?: "key" | "value"): string {
  const { documents, source } = parse(text);
  const [document] = documents;
  if (document === undefined) throw new Error("no document");
  const { start, end } = spanAt(document, path, part);
  return source.text.slice(start, end);
}

const TEXT = `base: &base
  one: 1
  two: &two { name: deep }
list:
  - name: A
    value: va
  - name: B
    value: vb
merged:
  <<: *base
  two: own
alias: *two
triggers:
  - { type: cron, n: first }
  - { type: http, id: web, n: second }
  - { type: cron, n: third }
empty:
`;

describe("spanAt", () => {
  it.each([
    [["base", "one"], "1"],
    [["list", "1", "value"], "vb"],
    [["list", "A", "value"], "va"],
    [["list", "[1]", "name"], "B"],
    [["triggers", "cron[1]", "n"], "third"],
    [["triggers", "web", "n"], "second"],
    [["merged", "one"], "1"],
    [["merged", "two"], "own"],
    [["alias", "name"], "deep"],
    [["alias"], "*two"],
    [["empty"], "empty"],
  ])("%j", (path, expected) => {
    expect(textAt(TEXT, path)).toBe(expected);
  });

  it("finds keys", () => {
    expect(textAt(TEXT, ["merged", "two"], "key")).toBe("two");
    expect(textAt(TEXT, ["list"], "key")).toBe("list");
  });

  it("falls back to the nearest parent's key, then to the document's start", () => {
    expect(textAt(TEXT, ["list", "A", "nope"])).toContain("name: A");
    expect(textAt(TEXT, ["merged", "nope", "deeper"])).toBe("merged");
    expect(textAt(TEXT, ["nope"])).toBe("b");
    expect(textAt(TEXT, [])).toBe("b");
  });

  it("finds what was written for every value of any document", () => {
    const key = fc.stringMatching(/^[a-z~/"' :#]{1,6}$/).filter((text) => text !== "<<");
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.integer(), fc.boolean(), fc.string({ maxLength: 8 })),
        fc.array(tie("tree"), { maxLength: 4, minLength: 1 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4, minKeys: 1 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 4, minKeys: 1 }), (document) => {
        const text = stringify(document);
        const paths = leaves(document, []);
        fc.pre(!/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(text));
        for (const [path, value] of paths) {
          const written = textAt(text, path);
          expect(parse(`x: ${written}`).documents[0]?.value).toEqual({ x: value });
        }
      }),
    );
  });
});

/** Scalars that fit on a line, with their paths. */
function leaves(value: Json, path: readonly string[]): [readonly string[], Json][] {
  if (typeof value === "string" && value.includes("\n")) return [];
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item as Json, [...path, key]));
}
