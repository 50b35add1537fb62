import { describe, expect, it } from "vitest";
import { diagnosticList } from "../../src/action/markdown.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { PlanWarning, Refusal } from "../../src/model/plan.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { refusedLines, warningLines } from "../../src/render/text.ts";
import { terminal } from "./builders.ts";

function unset(name: string, variable = "TOKEN"): Diagnostic {
  return {
    code: "JW1303",
    severity: "error",
    message: `the environment variable ${variable} is not set`,
    file: `jobs/${name}.yaml`,
    line: 7,
    column: 12,
    hint: "Set it.",
    frame: `7 |   x: \${env:${variable}}\n  |      ^^^`,
    address: `nimble/${name}`,
  };
}

const named = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `j${String(n).padStart(5, "0")}`);

describe("problems that say the same", () => {
  it("are shown thrice, and the places of the rest are told, where there are more than five", () => {
    const text = renderDiagnostics(
      named(7).map((name) => unset(name)),
      terminal(),
    );
    const shown = (name: string): readonly string[] => [
      `jobs/${name}.yaml:7:12`,
      "  error JW1303: the environment variable TOKEN is not set",
      "    7 |   x: $" + "{env:TOKEN}",
      "      |      ^^^",
      "  Set it.",
    ];
    expect(text.split("\n")).toEqual([
      ...[...shown("j00000"), "", ...shown("j00001"), "", ...shown("j00002")],
      "  and 4 more like it, in 4 files; all of them: --json",
      "    jobs/j00003.yaml:7:12, jobs/j00004.yaml:7:12, jobs/j00005.yaml:7:12, jobs/j00006.yaml:7:12",
      "",
      "7 errors in 7 files.",
    ]);
  });

  it("are shown whole where there are no more than five, or -v asks for them", () => {
    const five = named(5).map((name) => unset(name));
    expect(renderDiagnostics(five, terminal())).not.toContain("more like it");
    const all = renderDiagnostics(
      named(40).map((name) => unset(name)),
      { ...terminal(), detailed: true },
    );
    expect(all.match(/error JW1303/g)).toHaveLength(40);
    expect(all).not.toContain("more like it");
  });

  it("never stand for what differs in a word: message, hint, code", () => {
    const variables = named(25).map((name) => unset(name, name.toUpperCase()));
    expect(renderDiagnostics(variables, terminal()).match(/error JW1303/g)).toHaveLength(25);
    const hints = named(25).map((name) => ({ ...unset(name), hint: `Did you mean ${name.slice(3)}?` }));
    expect(renderDiagnostics(hints, terminal()).match(/error JW1303/g)).toHaveLength(25);
    const codes = named(6).map((name, n) => ({ ...unset(name), code: n < 3 ? "JW1303" : "JW1302" }));
    expect(renderDiagnostics(codes, terminal())).not.toContain("more like it");
  });

  it("may name their own job and file", () => {
    const about = named(9).map((name) => ({
      ...unset(name),
      message: `nimble/${name} is bad`,
      hint: `Look at jobs/${name}.yaml.`,
    }));
    const text = renderDiagnostics(about, terminal());
    expect(text.match(/error JW1303/g)).toHaveLength(3);
    expect(text).toContain("and 6 more like it, in 6 files;");
    // Another's name makes it another problem.
    const others = about.map((each, n) => ({ ...each, message: `${each.message}, as is nimble/x${n}` }));
    expect(renderDiagnostics(others, terminal())).not.toContain("more like it");
  });

  it("hide nothing that stands among them, and errors come before warnings", () => {
    const warning: Diagnostic = { ...unset("j00000"), severity: "warning", code: "JW1203", message: "never fires" };
    const other = unset("j00004", "OTHER");
    const text = renderDiagnostics([warning, ...named(50).map((name) => unset(name)), other], terminal());
    expect(text.match(/^ {2}(?:error|warning) .*|and \d+ more.*|\d+ errors.*/gm)).toEqual([
      ...Array.from({ length: 3 }, () => "  error JW1303: the environment variable TOKEN is not set"),
      "and 47 more like it, in 47 files; all of them: --json",
      "  error JW1303: the environment variable OTHER is not set",
      "  warning JW1203: never fires",
      "51 errors, 1 warning in 50 files.",
    ]);
  });

  it("take no more lines for 50,000 than for 500", () => {
    const lines = (count: number): number =>
      renderDiagnostics(
        named(count).map((name) => unset(name)),
        terminal(),
      ).split("\n").length;
    expect(lines(50_000)).toBe(lines(500));
    expect(lines(500)).toBeLessThan(50);
  });

  it("name so many places, then only count", () => {
    const text = renderDiagnostics(
      named(200).map((name) => unset(name)),
      terminal(),
      "look there",
    );
    expect(text).toContain("and 197 more like it, in 197 files; all of them: look there\n");
    expect(text.match(/jobs\/j\d+\.yaml/g)).toHaveLength(3 + 100);
    expect(text).toMatch(/jobs\/j00102\.yaml:7:12, \.\.\.$/m);
  });

  it("is the same for the warnings and refusals of a plan", () => {
    const warnings = named(9).map((name): PlanWarning => ({ code: "JW3501", message: "m", address: `nimble/${name}` }));
    expect(warningLines(warnings, terminal())).toEqual([
      ...["Warnings (9)", "  JW3501 nimble/j00000: m", "  JW3501 nimble/j00001: m", "  JW3501 nimble/j00002: m"],
      "    and 6 more like it; all of them: --json",
      "      nimble/j00003, nimble/j00004, nimble/j00005, nimble/j00006, nimble/j00007, nimble/j00008",
      "",
    ]);
    const refusals = named(9).map((name): Refusal => {
      const address = `nimble/${name}`;
      return { code: "JW3001", message: `${address} is protected`, hint: "h", address };
    });
    const limit: Refusal = { code: "JW3004", message: "9 deletes, at most 5", hint: "" };
    const lines = refusedLines([...refusals, limit], terminal());
    expect(lines.filter((line) => line.includes("is protected"))).toHaveLength(3);
    expect(lines).toContain("    and 6 more like it; all of them: --json");
    expect(lines.at(-1)).toBe("  ✗ JW3004 9 deletes, at most 5");
  });

  it("leave room for others in the list of a comment, where it is short of it", () => {
    expect(diagnosticList(named(100).map((name) => unset(name))).split("\n")).toHaveLength(100);
    const list = diagnosticList([...named(5000).map((name) => unset(name)), unset("last", "OTHER")]);
    expect(list.split("\n")).toHaveLength(4);
    expect(list).toContain("<br>and 4997 more like it, in 4997 files\n");
    expect(list).toContain("OTHER");
    const different = diagnosticList(named(150).map((name) => unset(name, name.toUpperCase())));
    expect(different.split("\n").at(-1)).toBe("- and 50 more");
  });
});
