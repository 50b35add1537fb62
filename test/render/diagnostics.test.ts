import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError, InvalidInputError, JobwrightError, RefusedError } from "../../src/errors.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { errorDocument } from "../../src/render/error-document.ts";
import { renderError } from "../../src/render/error-text.ts";
import { renderDiagnosticsGithub } from "../../src/render/github.ts";
import { widthOf } from "../../src/render/safe.ts";
import { painted, terminal } from "./builders.ts";
import { actsOnTerminal, commandsRunner, hostile } from "./hostile.ts";

const UNKNOWN: Diagnostic = {
  code: "JW1101",
  severity: "error",
  message: 'unknown field "agent_nam" in spec',
  file: "jobs/a.yaml",
  line: 12,
  column: 5,
  hint: 'Did you mean "agent_name"?',
  frame: "11 | spec:\n12 |   agent_nam: x\n   |   ^^^^^^^^^",
};

const NEVER: Diagnostic = {
  code: "JW1203",
  severity: "warning",
  message: "never fires",
  file: "jobs/b.yaml",
  line: 3,
  column: 1,
};

describe("renderDiagnostics", () => {
  it("groups by file, keeps the order of places, shows the source, and counts", () => {
    const later = { ...NEVER, file: "jobs/a.yaml", line: 20 };
    expect(renderDiagnostics([UNKNOWN, NEVER, later], terminal())).toBe(
      [
        "jobs/a.yaml:12:5",
        '  error JW1101: unknown field "agent_nam" in spec',
        "    11 | spec:",
        "    12 |   agent_nam: x",
        "       |   ^^^^^^^^^",
        '  Did you mean "agent_name"?',
        "",
        "jobs/a.yaml:20:1",
        "  warning JW1203: never fires",
        "",
        "jobs/b.yaml:3:1",
        "  warning JW1203: never fires",
        "",
        "1 error, 2 warnings in 2 files.",
      ].join("\n"),
    );
  });

  it("keeps the carets in sight where a line is wider than the terminal", () => {
    const framed = (code: string, marked: string, unicode = true): string[] => {
      const carets = `${" ".repeat(widthOf(code.slice(0, code.indexOf(marked))))}${"^".repeat(widthOf(marked))}`;
      const frame = `9 | short\n10 | ${code}\n   | ${carets}`.replace("9 |", " 9 |");
      return renderDiagnostics([{ ...UNKNOWN, frame }], terminal(60, unicode))
        .split("\n")
        .slice(2, 5);
    };
    const long = `envs: [{ name: ${"A".repeat(60)}, value: "MARKED" }]`;
    const [before, line = "", carets = ""] = framed(long, "MARKED");
    expect(before).toBe("     9 | …");
    expect(line).toBe(`    10 | …${"A".repeat(33)}, value: "MARKED…`);
    expect(carets.indexOf("^")).toBe(line.indexOf("MARKED"));
    expect(carets).toMatch(/^ {7}\| +\^{6}$/);
    // Too long to be seen whole: from its beginning on.
    const [, wide = "", below = ""] = framed(`value: "${"x".repeat(100)}"`, "x".repeat(100));
    expect(wide).toMatch(/^ {4}10 \| value: "x+…$/);
    expect(below.indexOf("^")).toBe(wide.indexOf("x"));
    expect([wide, below].map((each) => each.length)).toEqual([60, 59]);
    // Wide characters before it take two columns each.
    const [, cjk = "", under = ""] = framed(`${"価".repeat(40)}MARKED`, "MARKED");
    expect(widthOf(cjk.slice(0, cjk.indexOf("MARKED")))).toBe(under.indexOf("^"));
    expect(framed(long, "MARKED", false)[1]).toContain("| ...A");
    // What fits is not touched.
    expect(framed("a: MARKED", "MARKED")).toEqual(["     9 | short", "    10 | a: MARKED", "       |    ^^^^^^"]);
  });

  it("tells what has no file, and nothing of nothing", () => {
    const { file: _file, line: _line, column: _column, ...bare } = NEVER;
    expect(renderDiagnostics([bare], terminal())).toBe("  warning JW1203: never fires\n\n1 warning.");
    expect(renderDiagnostics([], terminal())).toBe("");
  });

  it("paints errors as errors", () => {
    expect(renderDiagnostics([UNKNOWN], painted())).toContain(
      '<error|  error JW1101: unknown field "agent_nam" in spec>',
    );
  });

  it("cannot be made to act", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const nasty = { ...UNKNOWN, message: text, file: text, hint: text, frame: text };
        const output = renderDiagnostics([nasty], terminal());
        expect(actsOnTerminal(output) || commandsRunner(output)).toBe(false);
      }),
    );
  });
});

describe("renderDiagnosticsGithub", () => {
  it("escapes what separates", () => {
    const odd = {
      ...UNKNOWN,
      file: "jobs/a,b:c%.yaml",
      message: "50% of it\nis wrong: x, y",
      endLine: 12,
      endColumn: 14,
    };
    expect(renderDiagnosticsGithub([odd])).toBe(
      '::error file=jobs/a%2Cb%3Ac%25.yaml,line=12,endLine=12,col=5,endColumn=14,title=JW1101::50%25 of it\\nis wrong: x, y%0ADid you mean "agent_name"?',
    );
  });

  it("names files from the repository's root", () => {
    expect(renderDiagnosticsGithub([NEVER], { root: "./infra/jobwright/" })).toBe(
      "::warning file=infra/jobwright/jobs/b.yaml,line=3,col=1,title=JW1203::never fires",
    );
    expect(renderDiagnosticsGithub([NEVER], { root: "." })).toContain("file=jobs/b.yaml,");
  });

  it("shows errors first, ten of a kind, the tenth counting the rest", () => {
    const many = [NEVER, ...Array.from({ length: 25 }, (_, n) => ({ ...UNKNOWN, line: n + 1 }))];
    const lines = renderDiagnosticsGithub(many).split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[8]).toContain("line=9,");
    expect(lines[9]).toBe(
      "::error title=jobwright::16 more errors are not shown here; jobwright validate lists all of them.",
    );
    expect(lines[10]).toMatch(/^::warning /);
    expect(
      renderDiagnosticsGithub(many.slice(0, 11))
        .split("\n")
        .filter((line) => line.includes("JW1101")),
    ).toHaveLength(10);
  });

  it("A24 makes one command of one problem, whatever is in it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = renderDiagnosticsGithub([{ ...UNKNOWN, message: text, file: text, hint: text }]).split(/[\r\n]/);
        expect(lines).toHaveLength(1);
        expect(lines[0]?.startsWith("::error file=")).toBe(true);
        // Properties end at the first `::` after them: none may come from a file's name.
        expect(lines[0]?.split("::")[1]).toMatch(/,title=JW1101$/);
        expect(lines[0]).not.toContain("##[");
        expect(actsOnTerminal(lines[0] ?? "")).toBe(false);
      }),
    );
  });
});

describe("renderError", () => {
  it("says what happened, where, what it means, and what to do", () => {
    const error = new ApiError("JW5000", "platform-error", "the platform is down", {
      outcome: "not-done",
      request: "PATCH /v1/jobs/job_7",
      status: 503,
      attempts: 4,
      hint: "Try again later.",
      cause: new Error("socket hang up"),
    });
    expect(renderError(error, terminal())).toBe(
      [
        "Error JW5000: the platform is down",
        "  PATCH /v1/jobs/job_7, 503, try 4: it did not happen",
        "  Cause: socket hang up",
        "  Try again later.",
      ].join("\n"),
    );
  });

  it("lists refusals and diagnostics whole", () => {
    const refused = new RefusedError([
      { code: "JW3004", message: "7 deletes, at most 5", hint: "--max-deletes 7", address: "nimble/a" },
      { code: "JW3001", message: "protected", hint: "" },
    ]);
    expect(renderError(refused, terminal()).split("\n")).toEqual([
      "Refused: nothing is sent as long as this stands.",
      "  ✗ JW3004 nimble/a: 7 deletes, at most 5",
      "    --max-deletes 7",
      "  ✗ JW3001 protected",
    ]);
    expect(renderError(new InvalidInputError([UNKNOWN]), terminal())).toMatch(
      /^jobs\/a\.yaml:12:5\n[\s\S]*\n1 error in 1 file\.\nNothing was sent\./,
    );
  });

  it("tells an error of our own without its stack", () => {
    const told = (what: string): string =>
      `Error JW5000: jobwright itself failed (${what})
  Run again: what was under way is settled by the next run. -v shows where it failed; please report
  that.`;
    // What the runtime says may quote a value; what the system says of a call does not.
    expect(renderError(new SyntaxError('"customer 4711" is not valid JSON'), terminal())).toBe(told("SyntaxError"));
    expect(renderError("thrown", terminal())).toBe(told("string"));
    const denied = Object.assign(new Error("EACCES: permission denied, open 'jobs'"), { syscall: "open" });
    expect(renderError(denied, terminal())).toBe(told("EACCES: permission denied, open 'jobs'"));
  });
});

describe("errorDocument", () => {
  it("is as documented, key by key", () => {
    const document = errorDocument(new JobwrightError("JW5000", "internal", "m", { hint: "h" }), [UNKNOWN]);
    expect(JSON.stringify(document)).toBe(
      '{"formatVersion":1,"error":{"code":"JW5000","message":"m","hint":"h","reason":"internal"},' +
        '"diagnostics":[{"code":"JW1101","severity":"error","message":"unknown field \\"agent_nam\\" in spec","file":"jobs/a.yaml","line":12,"column":5,"hint":"Did you mean \\"agent_name\\"?"}]}',
    );
  });

  it("has no error where all is well", () => {
    expect(errorDocument(undefined, [])).toEqual({ formatVersion: 1, diagnostics: [] });
  });

  it("lists refusals, and takes anything thrown", () => {
    expect(errorDocument(new RefusedError([{ code: "JW3001", message: "p", hint: "h" }])).error).toMatchObject({
      code: "JW3001",
      message: "p",
      refusals: [{ code: "JW3001", message: "p", hint: "h" }],
    });
    expect(errorDocument("x").error).toMatchObject({
      ...{ code: "JW5000", message: "jobwright itself failed (string)", reason: "internal" },
    });
  });
});
