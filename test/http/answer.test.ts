import { describe, expect, it } from "vitest";
import { platformError, pointersByItem, readBody } from "../../src/http/answer.ts";
import { excerpt, withoutSecrets } from "../../src/http/text.ts";
import { raw } from "./support.ts";

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));
}

describe("a body", () => {
  it("is JSON, whatever JSON type it names, or none", () => {
    for (const type of ["application/json", "application/problem+json", "Application/JSON;charset=utf-8"]) {
      expect(readBody(raw(200, '{"a":1}', { "content-type": type }))).toEqual({
        kind: "json",
        json: { a: 1 },
        inexact: [],
      });
    }
    expect(readBody(raw(200, '{"a":1}')).kind).toBe("json");
  });

  it("may begin with a byte order mark", () => {
    expect(readBody(raw(200, bytes(0xef, 0xbb, 0xbf, '{"a":1}'), JSON_TYPE))).toMatchObject({
      json: { a: 1 },
      inexact: [],
    });
  });

  it.each([
    ["HTML", "<html>", { "content-type": "text/html" }],
    ["HTML", "  <!doctype html>", JSON_TYPE],
    ["content type text/plain", "{}", { "content-type": "text/plain" }],
    ["compressed (gzip), which was not asked for", "x", { ...JSON_TYPE, "content-encoding": "gzip" }],
  ])("is not the API's: %s", (why, body, headers) => {
    expect(readBody(raw(200, body, headers))).toEqual({ kind: "foreign", why });
  });

  it("is broken where it is no whole JSON document", () => {
    expect(readBody(raw(200, '{"a":[1,', JSON_TYPE)).kind).toBe("broken");
    expect(readBody(raw(200, bytes('{"a":', 0xff), JSON_TYPE)).kind).toBe("broken");
  });

  it("is empty where nothing came", () => {
    expect(readBody(raw(204, "", {})).kind).toBe("empty");
  });

  it("with bytes that are not UTF-8 is read, and the place named", () => {
    const body = readBody(raw(200, bytes('{"name":"caf', 0xe9, '","é":[1,"', 0xc3, '","ok \\u00e9 ü"]}'), JSON_TYPE));
    expect(body).toEqual({
      kind: "json",
      json: { name: "caf\ufffd", é: [1, "\ufffd", "ok é ü"] },
      inexact: ["/name", "/é/1"],
    });
  });

  it("that is nested too deep loses what lies deeper, and the place is named", () => {
    const body = readBody(raw(200, `{"a":${"[".repeat(6000)}${"]".repeat(6000)},"b":1}`, JSON_TYPE));
    if (body.kind !== "json") throw new Error(body.kind);
    expect(body.inexact).toEqual([`/a${"/0".repeat(499)}`]);
    expect(JSON.stringify(body.json)).toBe(`{"a":${"[".repeat(499)}null${"]".repeat(499)},"b":1}`);
  });
});

describe("pointers by item", () => {
  it("are told from those that only begin alike", () => {
    const at = pointersByItem(["/items/1/a", "/items/10/b", "/items/1", "/x", "/itemsx/1"], "/items");
    expect([at(1), at(10), at(0)]).toEqual([["/a", ""], ["/b"], []]);
    expect(pointersByItem(["/0/a", "/0", "/x"], "")(0)).toEqual(["/a", ""]);
  });
});

describe("a platform's error", () => {
  it("is read in each of its forms", () => {
    expect(platformError({ code: "budget", message: "no more" })).toMatchObject({ words: "no more", code: "budget" });
    expect(platformError({ error: "invalid_api_version", message: "unknown version" })).toEqual({
      words: "unknown version; invalid_api_version",
      code: "invalid_api_version",
      at: undefined,
    });
    const detail = [
      { loc: ["body", "schedule", "cron"], msg: "not a cron", type: "value_error" },
      { loc: ["body", "a/b", 0], msg: "missing", type: "missing" },
    ];
    expect(platformError({ detail })).toEqual({
      words: "schedule.cron: not a cron; a/b.0: missing",
      code: undefined,
      at: "/schedule/cron",
    });
    expect(platformError({ detail: "Not Found" }).words).toBe("Not Found");
    for (const odd of [null, [], 1, { detail: [1, null, { loc: 1 }] }, { error: {} }]) {
      expect(() => platformError(odd)).not.toThrow();
    }
  });
});

describe("an excerpt", () => {
  it("is one line without control characters", () => {
    expect(excerpt("a\r\n::error::b\u001b[2Jc\u202ed\u0000\u009b e")).toBe("a ::error::b [2Jc d e");
  });

  it("is short, and cuts no character in two", () => {
    expect(excerpt("x".repeat(201))).toHaveLength(200);
    expect(excerpt("x".repeat(200))).toBe("x".repeat(200));
    expect(excerpt(`${"x".repeat(198)}😀😀`)).toBe(`${"x".repeat(198)}…`);
  });

  it("A63 holds no secret, in whatever form, nor half of one where it is cut", () => {
    const secret = 'pa"ss wörd/1';
    const forms = [
      secret,
      JSON.stringify(secret),
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64url"),
    ];
    expect(withoutSecrets(forms.join("|"), [secret])).toBe('[secret]|"[secret]"|[secret]|[secret]');
    const cut = excerpt(`${"x".repeat(190)}topsecretvalue and more`, ["topsecretvalue"]);
    expect(cut).not.toContain("tops");
  });

  it("A63 holds no half of a secret at the end of what is looked at", () => {
    const text = `${" ".repeat(65_536 - 4)}topsecretvalue`;
    expect(excerpt(text, ["topsecretvalue"])).toBe("");
  });

  it("does not look for values too short to mean anything", () => {
    expect(withoutSecrets("true 1 abc", ["1", "tru", ""])).toBe("true 1 abc");
  });
});
