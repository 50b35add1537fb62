import { describe, expect, it } from "vitest";
import type { Action } from "../../src/model/plan.ts";
import { renderDrift, renderPlan } from "../../src/render/text.ts";
import { action, added, painted, plan, replaced, terminal } from "./builders.ts";
import { CROWDING_SHIFTS, shifts, WEEK_WORDS } from "./report-sample.ts";

/** A plan's lines without the summary. */
function linesOf(actions: readonly Action[], width = 100, detailed = false): string[] {
  return renderPlan(plan(actions), { ...terminal(width), detailed }).split("\n");
}

const patch = (id: string) => [{ method: "PATCH", path: `/v1/jobs/${id}` } as const];

describe("jobs that are alike", () => {
  const bigger = (name: string, id: string, memory = 8192) =>
    action(`nimble/${name}`, "update", {
      id,
      changes: [replaced("/spec/memory", 4096, memory)],
      requests: patch(id),
    });

  it("stand together above what is the same for all of them", () => {
    expect(
      linesOf([bigger("a", "job_1"), bigger("b", "job_22"), bigger("c", "job_3", 1), bigger("d", "job_4")]),
    ).toEqual([
      "nimble  https://sdk.nimbleway.com",
      "",
      "  ~ update nimble/a  job_1  jobs/a.yaml:1",
      "  ~ update nimble/b  job_22  jobs/b.yaml:1",
      "  ~ update nimble/d  job_4  jobs/d.yaml:1",
      "      the same for all 3:",
      "      ~ spec.memory  4096 → 8192",
      "      PATCH /v1/jobs/{id}",
      "",
      "  ~ update nimble/c  job_3  jobs/c.yaml:1",
      "      ~ spec.memory  4096 → 1",
      "      PATCH /v1/jobs/job_3",
      "",
      "Plan: 4 to update.",
    ]);
  });

  it("are not those of another kind, target or cause", () => {
    const drifted = { changes: [replaced("/spec/memory", 4096, 8192, { cause: "drift" })], requests: patch("job_2") };
    const text = linesOf([
      bigger("a", "job_1"),
      action("nimble/b", "update", drifted),
      action("other/a", "update", { changes: [replaced("/spec/memory", 4096, 8192)], requests: patch("job_1") }),
      action("nimble/d", "forget"),
      action("nimble/e", "delete"),
    ]).join("\n");
    expect(text).not.toContain("the same for all");
  });

  it("need no words where nothing is to be said below them", () => {
    const lines = linesOf([
      action("nimble/a", "delete", { id: "job_1" }),
      action("nimble/b", "delete", { id: "job_2" }),
    ]);
    expect(lines.slice(2, 5)).toEqual(["  - DELETE nimble/a  job_1", "  - DELETE nimble/b  job_2", ""]);
  });
});

describe("requests", () => {
  const made = action("nimble/a", "create", {
    changes: [added("/metadata/name", "a"), added("/spec/agent_name", "x")],
    requests: [{ method: "POST", path: "/v1/jobs" }],
  });
  const gone = action("nimble/b", "delete", { requests: [{ method: "DELETE", path: "/v1/jobs/job_7" }] });

  it("are left out where they say no more than the title, and so is a new job's name", () => {
    expect(linesOf([made, gone]).slice(2, 7)).toEqual([
      "  + create nimble/a  jobs/a.yaml:1",
      '      + spec.agent_name  "x"',
      "",
      "  - DELETE nimble/b  job_7",
      "",
    ]);
  });

  it("are all told with -v", () => {
    const lines = linesOf([made, gone], 100, true);
    expect(lines).toContain("      POST /v1/jobs");
    expect(lines).toContain("      DELETE /v1/jobs/job_7");
  });

  it("of a replace stand in their order", () => {
    const requests = [
      { method: "POST", path: "/v1/jobs" },
      { method: "DELETE", path: "/v1/jobs/job_7" },
      { method: "PATCH", path: "/v1/jobs/{id}" },
    ] as const;
    expect(linesOf([action("nimble/a", "replace", { requests })]).slice(4, 7)).toEqual([
      "      POST /v1/jobs",
      "      DELETE /v1/jobs/job_7",
      "      PATCH /v1/jobs/{id}",
    ]);
  });
});

describe("long values", () => {
  const long = `${"many words ".repeat(60)}end`;
  const job = action("nimble/a", "update", { changes: [replaced("/spec/description", "short", long)] });

  it("are cut, with a word on how to see them", () => {
    const text = linesOf([job]).join("\n");
    expect(text).toContain("… (+");
    expect(text).toContain("\n\nLong values are cut; -v shows them whole.\n\nPlan: 1 to update.");
  });

  it("are whole with -v", () => {
    const lines = linesOf([job], 100, true);
    expect(lines.join("\n")).not.toContain("…");
    const shown = lines.slice(
      lines.findIndex((line) => line.includes('+ "many')),
      -2,
    );
    expect(shown.map((line) => line.slice(12)).join(" ")).toContain(long.slice(0, 600).trim().slice(-20));
    expect(shown.at(-1)).toMatch(/end"$/);
  });

  it("as a list of many rows are cut and whole alike", () => {
    const rows = (n: number) => Array.from({ length: n }, (_, at) => ({ keyword: `keyword ${at}`, country: "DE" }));
    const many = action("nimble/a", "create", { changes: [added("/spec/data", rows(100))] });
    expect(linesOf([many]).join("\n")).toContain("… 40 more lines");
    expect(linesOf([many]).join("\n")).toContain("-v shows them whole");
    expect(linesOf([many], 100, true).join("\n")).toContain('keyword: "keyword 99"');
  });
});

describe("what was done by hand", () => {
  const jobs = [
    action("nimble/back", "create", { changes: [added("/spec/a", 1, { cause: "drift" })] }),
    action("nimble/both", "update", {
      changes: [
        replaced("/spec/a", 1, 2, { cause: "conflict", base: 0 }),
        replaced("/spec/b", 1, 2, { cause: "drift" }),
      ],
    }),
    action("nimble/hand", "update", { changes: [replaced("/spec/a", 1, 2, { cause: "drift" })] }),
    action("nimble/hand-2", "update", { changes: [replaced("/spec/a", 1, 3, { cause: "drift" })] }),
    action("nimble/git", "update", { changes: [replaced("/spec/a", 1, 4)] }),
    action("nimble/old", "delete"),
  ];

  it("is named right before what is destroyed and the summary, the worst last", () => {
    expect(linesOf(jobs).slice(-6)).toEqual([
      "! 1 job was deleted live; this makes it again: nimble/back",
      "! 2 jobs were changed live; this puts them back: nimble/hand, nimble/hand-2",
      "! 1 job was changed live and in Git; this brings it to what Git says: nimble/both",
      "! 1 job will be deleted: nimble/old",
      "",
      "Plan: 1 to create, 4 to update, 1 to delete.",
    ]);
  });

  it("has the colour of its weight", () => {
    const text = renderPlan(plan(jobs), painted());
    expect(text).toContain("<warning|! 1 job was deleted live");
    expect(text).toContain("<danger|! 1 job was changed live and in Git");
  });

  it("counts the rest of many names", () => {
    const many = Array.from({ length: 23 }, (_, n) =>
      action(`nimble/${n}`, "update", { changes: [replaced("/spec/a", n, 99, { cause: "drift" })] }),
    );
    expect(linesOf(many, 200).join(" ")).toMatch(/23 jobs were changed live.* and 3 more/);
  });
});

describe("minutes that get crowded", () => {
  const told = (shifts: Parameters<typeof renderPlan>[3], style = terminal(200)): string[] =>
    renderPlan(plan([action("nimble/old", "delete")]), style, WEEK_WORDS, shifts)
      .split("\n")
      .slice(4, -2);

  it("are told before what is destroyed", () => {
    expect(told(CROWDING_SHIFTS)).toEqual([
      "! nimble: This change moves 300 jobs to 06:00 UTC. Peak: 61 → 341 starts in one minute (06:00 UTC, every day).",
      "! 1 job will be deleted: nimble/old",
    ]);
    expect(told(CROWDING_SHIFTS, terminal(200, false))[0]).toContain("Peak: 61 -> 341 starts");
  });

  it("are not told where few jobs come, or where it gets no worse", () => {
    const destroyed = ["! 1 job will be deleted: nimble/old"];
    expect(told(shifts(4, "nimble/a", "0 5 * * *", "0 6 * * *"))).toEqual(destroyed);
    expect(told(shifts(9, "nimble/a", "0 5 * * *", "0 6 * * *"))).toEqual(destroyed);
    expect(told([])).toEqual(destroyed);
  });
});

describe("a conflict over a long text", () => {
  const text = (line: string): string => `one\n${line}\nthree\nfour\nfive\nsix\n`;
  const conflict = replaced("/spec/script", text("live"), text("Git"), { cause: "conflict", base: text("old") });
  const job = plan([action("nimble/a", "update", { changes: [conflict] })]);

  it("is a diff from live to Git, in a plan and in a drift report alike", () => {
    const expected = [
      "      ! spec.script  conflict",
      '          last applied  "one\\nold\\nthree\\nfour\\nfive\\nsix\\n"',
      "          from live (-) to Git (+):",
      "            one",
      "          - live",
      "          + Git",
      "            three",
      "            four",
      "            … 2 unchanged lines",
    ];
    for (const [report, end] of [
      [renderPlan(job, terminal()), "          Git and the live job both moved; what Git says is written"],
      [renderDrift(job, terminal()), "          Git and the live job both moved"],
    ] as const) {
      expect(report.split("\n").slice(3, 13)).toEqual([...expected, end]);
    }
  });
});
