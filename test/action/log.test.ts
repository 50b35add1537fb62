import { describe, expect, it } from "vitest";
import { createStepLog } from "../../src/action/log.ts";
import { fitParts } from "../../src/action/markdown.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { readLog } from "./support/runner-log.ts";

function logged(use: (log: ReturnType<typeof createStepLog>) => void, secrets: readonly string[] = []) {
  let text = "";
  const log = createStepLog(
    (part) => {
      text += part;
    },
    createRedactor(() => secrets),
  );
  use(log);
  return { text, ...readLog(text) };
}

describe("the step's log", () => {
  it("says nothing that a runner takes for a command", () => {
    const lines = [
      "::error::a",
      "  ::add-mask::b",
      "x ##[group]c",
      "a\r::warning::d",
      "##[x]",
      ":: ::",
      "\u0085::error::e",
    ];
    const { commands, text } = logged((log) => log.say(lines.join("\n")));
    expect(commands).toEqual([]);
    expect(text).toContain("\\::error::a");
  });

  it("folds what it is given, and ends the fold", () => {
    const { commands } = logged((log) => log.group("A\n::error::t", "::endgroup::\nx"));
    expect(commands.map(({ name, data }) => [name, data])).toEqual([
      ["group", "A\n::error::t"],
      ["endgroup", ""],
    ]);
  });

  it("masks a value before the first line after it became known, in every form, and once", () => {
    const values = ["first secret"];
    const { text, masks, lines } = logged((log) => {
      log.guard({ values: () => values });
      log.say("one");
      values.push("50% of\nthe second");
      log.say("two");
      log.notice("warning", "three");
    }, values);
    const order = text.split("\n").map((line) => (line.startsWith("::add-mask::") ? "mask" : line.slice(0, 3)));
    const runs = order.filter((line, at) => line !== order[at - 1]);
    expect(runs).toEqual(["mask", "one", "mask", "two", "::w", ""]);
    expect(masks).toEqual(
      expect.arrayContaining(["first secret", "first%20secret", "50% of\nthe second", "the second"]),
    );
    expect(new Set(masks).size).toBe(masks.length);
    expect(lines.join("")).toBe("onetwo");
  });

  it("leaves values that are too short to be looked for unmasked", () => {
    expect(logged((log) => log.guard({ values: () => ["1", "abc"] })).masks).toEqual([]);
  });

  it("annotates with what is left of a message without its secrets", () => {
    const { commands } = logged((log) => log.notice("error", "it is top secret, 100 %"), ["top secret"]);
    expect(commands).toEqual([{ name: "error", properties: { title: "jobwright" }, data: "it is ***, 100 %" }]);
  });
});

describe("fitParts", () => {
  it("keeps what fits, cuts lists at lines, and never opens a fence that it does not close", () => {
    const list = Array.from({ length: 100 }, (_, n) => `- line ${n}`).join("\n");
    const fence = `\`\`\`\n${"x\n".repeat(500)}\`\`\``;
    const text = fitParts(["head", list, fence, "tail"], 600);
    expect(text.length).toBeLessThanOrEqual(600);
    expect(text).toMatch(/^head\n\n- line 0\n(- line \d+\n)+/);
    expect(text).not.toContain("```");
    expect(text).toContain("_Cut for length");
    expect(fitParts(["a", "b"], 600)).toBe("a\n\nb\n");
  });
});
