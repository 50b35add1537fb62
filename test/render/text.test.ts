import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretRef } from "../../src/model/document.ts";
import { widthOf } from "../../src/render/safe.ts";
import { renderDrift, renderPlan } from "../../src/render/text.ts";
import { action, added, painted, plan, removed, replaced, standing, terminal, WORDS } from "./builders.ts";
import { actsOnTerminal, commandsRunner, hostile } from "./hostile.ts";
import { hostilePlan } from "./hostile-plan.ts";

/** The lines of one job's block. */
function block(text: string, address: string): string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.includes(address));
  const length = lines.slice(from).indexOf("");
  return lines.slice(from, length < 0 ? undefined : from + length);
}

describe("renderPlan", () => {
  it("says in one line that there is nothing to do", () => {
    expect(renderPlan(plan([], { summary: { unchanged: 41 } }), terminal())).toBe(
      "No changes. 41 jobs are as declared.",
    );
    expect(renderPlan(plan([], { summary: { unchanged: 1 } }), terminal())).toBe("No changes. 1 job is as declared.");
  });

  it("shows an update: only what changes, schedules in words, the request", () => {
    const changes = [
      replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"),
      added("/spec/description", "Daily"),
      removed("/spec/inputs/file_path", "s3://a/b"),
    ];
    const requests = [{ method: "PATCH", path: "/v1/jobs/job_7" } as const];
    const text = renderPlan(plan([action("nimble/pdp", "update", { changes, requests })]), terminal(), WORDS);
    expect(text).toBe(
      [
        "nimble  https://sdk.nimbleway.com",
        "",
        "  ~ update nimble/pdp  job_7  jobs/pdp.yaml:1",
        '      ~ spec.schedule.cron     "0 6 * * *" → "0 7 * * *"',
        "          every day at 06:00 → every day at 07:00; next 2026-11-24 07:00 UTC",
        '      + spec.description       "Daily"',
        '      - spec.inputs.file_path  "s3://a/b"',
        "      PATCH /v1/jobs/job_7",
        "",
        "Plan: 1 to update.",
      ].join("\n"),
    );
  });

  it("draws with ASCII alone where there is nothing else", () => {
    const changes = [
      replaced("/spec/description", "a", "b"),
      replaced("/spec/inputs/data", "x".repeat(300), "y".repeat(300)),
    ];
    const refusals = [{ code: "JW3005", message: "too many", hint: "h", address: "nimble/pdp" }];
    const text = renderPlan(
      plan([action("nimble/pdp", "update", { changes })], { refusals }),
      terminal(80, false),
      WORDS,
    );
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toContain('"a" -> "b"');
    expect(text).toContain("... (+");
  });

  it("tells who wants what in a conflict, and what will be written", () => {
    const changes = [
      replaced("/spec/schedule/cron", "5 * * * *", "7 * * * *", { cause: "conflict", base: "6 * * * *" }),
    ];
    expect(
      block(renderPlan(plan([action("nimble/a", "update", { changes })]), terminal()), "nimble/a").slice(1),
    ).toEqual([
      "      ! spec.schedule.cron  conflict",
      '          last applied  "6 * * * *"',
      '          live          "5 * * * *"',
      '          Git           "7 * * * *"',
      "          Git and the live job both moved; what Git says is written",
    ]);
  });

  it("marks drift and unknown causes, and says nothing of pending ones", () => {
    const changes = [
      replaced("/spec/a", 1, 2, { cause: "drift" }),
      replaced("/spec/b", 1, 2, { cause: "unknown" }),
      replaced("/spec/c", 1, 2),
    ];
    const touched = { updatedAt: "2026-11-21T14:02:11Z", updatedBy: "ana@acme.example" };
    const lines = block(renderPlan(plan([action("nimble/x", "update", { changes, touched })]), terminal()), "nimble/x");
    expect(lines.slice(1)).toEqual([
      "      last changed live 2026-11-21 14:02 UTC by ana@acme.example",
      "      ~ spec.a  1 → 2  drift: changed live",
      "      ~ spec.b  1 → 2  unknown cause: no base",
      "      ~ spec.c  1 → 2",
    ]);
  });

  it("names secrets and never shows more", () => {
    const live = SecretRef.masked();
    const changes = [
      added("/spec/runtime/envs/NEW", { name: "NEW", secret: true, value: new SecretRef("env:NEW") }),
      replaced("/spec/runtime/envs/KEY/value", live, new SecretRef("env:KEY")),
      replaced("/spec/runtime/envs/OTHER/value", new SecretRef("env:A"), new SecretRef("env:B")),
    ];
    const lines = block(renderPlan(plan([action("blaxel/j", "update", { changes })]), terminal(120)), "blaxel/j");
    expect(lines.slice(1)).toEqual([
      '      + spec.runtime.envs[NEW]          { name: "NEW", secret: true, value: (secret env:NEW) }',
      "      ~ spec.runtime.envs[KEY].value    (secret changed) (secret env:KEY)",
      "      ~ spec.runtime.envs[OTHER].value  (secret env:A) → (secret env:B)",
    ]);
  });

  it("names list items by their key, triggers by type and position, odd keys in quotes", () => {
    const changes = [
      replaced("/spec/runtime/envs/BUCKET/value", "a", "b"),
      replaced("/spec/triggers/cron[0]/enabled", true, false),
      replaced("/spec/runtime/ports/8080/protocol", "HTTP", "TCP"),
      replaced("/metadata/labels/acme.com~1team", "a", "b"),
    ];
    const text = renderPlan(plan([action("blaxel/j", "update", { changes })]), terminal());
    for (const path of [
      "spec.runtime.envs[BUCKET].value",
      "spec.triggers.cron[0].enabled",
      "spec.runtime.ports[8080].protocol",
      'metadata.labels."acme.com/team"',
    ]) {
      expect(text).toContain(` ${path} `);
    }
  });

  it("shows text of several lines and lists of values as line diffs", () => {
    const changes = [
      replaced("/spec/script", "a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nD\ne\nf\ng\n"),
      replaced("/spec/tasks", ["one", "two", "three", "x".repeat(80)], ["one", "2", "three", "x".repeat(80)]),
    ];
    const lines = block(renderPlan(plan([action("blaxel/j", "update", { changes })]), terminal()), "blaxel/j");
    expect(lines.slice(1)).toEqual([
      "      ~ spec.script",
      "            a",
      "            b",
      "            c",
      "          - d",
      "          + D",
      "            e",
      "            f",
      "            g",
      "      ~ spec.tasks",
      '            - "one"',
      '          - - "two"',
      '          + - "2"',
      '            - "three"',
      `            - "${"x".repeat(80)}"`,
    ]);
  });

  it("shows long strings from shortly before where they differ", () => {
    const before = `s3://${"a".repeat(300)}/x.csv`;
    const text = renderPlan(
      plan([
        action("nimble/a", "update", { changes: [replaced("/spec/p", before, before.replace("x.csv", "y.csv"))] }),
      ]),
      terminal(),
    );
    expect(text).toContain('/x.csv" → "…');
    expect(text).toContain('/y.csv"');
  });

  it("makes what destroys unmistakable, last and again before the summary", () => {
    const removedBy = { commit: "3f2c1ab99cc8", author: "Ana", subject: "Drop it" };
    const text = renderPlan(
      plan([
        action("nimble/a", "delete", { removedBy, requests: [{ method: "DELETE", path: "/v1/jobs/job_7" }] }),
        action("nimble/b", "create", { changes: [added("/spec/agent_name", "b")] }),
        action("nimble/c", "replace", { changes: [replaced("/spec/agent_name", "a", "b")] }),
      ]),
      painted(),
    );
    expect(text).toContain("<danger|- DELETE> <strong|nimble/a>");
    expect(text).toContain("<danger|-/+ REPLACE> <strong|nimble/c>");
    expect(text).toContain("its manifest was removed in 3f2c1ab99c by Ana: Drop it");
    expect(text).toContain(
      "<danger|! 1 job will be deleted, 1 replaced (a new one made, the old one deleted): nimble/a, nimble/c>",
    );
    const at = (needle: string): number => text.indexOf(needle);
    expect(at("+ create")).toBeLessThan(at("-/+ REPLACE"));
    expect(at("-/+ REPLACE")).toBeLessThan(at("- DELETE"));
  });

  it("puts a refusal beside its action, and at the end with the way on", () => {
    const refusals = [
      { code: "JW3002", message: "a replace is not allowed", hint: "Pass --allow-replace.", address: "nimble/c" },
    ];
    const text = renderPlan(plan([action("nimble/c", "replace")], { refusals }), terminal());
    expect(block(text, "nimble/c")[1]).toBe("      ✗ refused (JW3002): a replace is not allowed");
    expect(text.split("\n").slice(-3)).toEqual([
      "Refused: nothing is sent as long as this stands.",
      "  ✗ JW3002 nimble/c: a replace is not allowed",
      "    Pass --allow-replace.",
    ]);
  });

  it("says what a PUT carries", () => {
    const carried = { paths: ["/spec/revision", "/spec/runtime/envs/A/value", "/spec/runtime/image", "/spec/x"] };
    const requests = [{ method: "PUT", path: "/v0/jobs/j" } as const];
    const changes = [replaced("/spec/a", 1, 2)];
    const text = renderPlan(
      plan([action("blaxel/j", "update", { id: "j", changes, carried, requests })]),
      terminal(120),
    );
    expect(block(text, "blaxel/j").at(-1)).toBe(
      "      PUT /v0/jobs/j (changes 1 field, carries 4: spec.revision, spec.runtime.envs[A].value, spec.runtime.image, ...)",
    );
  });

  it("lists what is left alone by name, and counts what is unmanaged", () => {
    const paused = {
      ...standing("nimble/p", "paused", "n"),
      changes: [replaced("/spec/schedule/enabled", false, true, { cause: "paused" })],
    };
    const standings = [
      paused,
      standing("nimble/h", "held", "held until 2026-12-01: vendor outage"),
      standing("nimble/o", "orphaned", "its manifest is gone; --prune would delete it"),
    ];
    expect(renderPlan(plan([], { standings, summary: { unchanged: 5, unmanaged: 3 } }), terminal())).toBe(
      [
        "Paused by hand (1): stays off; apply --resume switches it on",
        "  nimble/p  spec.schedule.enabled is off",
        "",
        "Held (1): left alone until then; jobwright release ends it",
        "  nimble/h  held until 2026-12-01: vendor outage",
        "",
        "Waiting for --prune (1): owned here, their manifests are gone",
        "  nimble/o  its manifest is gone; --prune would delete it",
        "",
        "3 live jobs are declared nowhere; jobwright import writes manifests for them.",
        "",
        "No changes. 5 jobs are as declared. 1 paused by hand, 1 held, 1 no longer declared, 3 unmanaged.",
      ].join("\n"),
    );
  });

  it("counts the rest of a long list", () => {
    const standings = Array.from({ length: 53 }, (_, n) => standing(`nimble/o${n}`, "orphaned"));
    expect(renderPlan(plan([], { standings }), terminal())).toContain("\n  nimble/o49\n  and 3 more\n");
  });

  it("groups by target and tells where each is", () => {
    const text = renderPlan(plan([action("nimble/a", "create"), action("blaxel/b", "create")]), terminal());
    expect(text.split("\n").filter((line) => /^\w/.test(line))).toEqual([
      "blaxel  https://api.blaxel.ai, workspace acme",
      "nimble  https://sdk.nimbleway.com",
      "Plan: 2 to create.",
    ]);
  });

  it.each([60, 80, 120, 200])("keeps to %i columns", (width) => {
    fc.assert(
      fc.property(hostilePlan(), (hostileOne) => {
        for (const line of renderPlan(hostileOne, terminal(width), WORDS).split("\n")) {
          // Words to be copied stay whole up to 200 columns.
          if (!/\S{30}/.test(line)) expect([line, widthOf(line) <= width]).toEqual([line, true]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("A59 cannot be made to act on a terminal or a runner", () => {
    fc.assert(
      fc.property(hostilePlan(), (hostileOne) => {
        for (const text of [renderPlan(hostileOne, terminal(), WORDS), renderDrift(hostileOne, terminal(), WORDS)]) {
          expect(actsOnTerminal(text)).toBe(false);
          expect(commandsRunner(text)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("lets no string from outside begin a line of its own", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const lines = renderPlan(plan([action(`nimble/${name}`, "create", { notes: [name] })]), terminal()).split("\n");
        expect(lines.filter((line) => line.startsWith("Plan: "))).toEqual(["Plan: 1 to create."]);
      }),
    );
  });
});

describe("renderDrift", () => {
  it("tells what was done live, seen from Git, and folds what only waits", () => {
    const moved = action("nimble/a", "update", {
      changes: [
        replaced("/spec/display_name", "by hand", "declared", { cause: "drift" }),
        added("/spec/description", "declared", { cause: "drift" }),
        replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"),
      ],
    });
    const gone = action("nimble/g", "create", {
      changes: [added("/spec/agent_name", "g", { cause: "drift" })],
      notes: ["gone: deleted by hand?"],
    });
    const waiting = action("nimble/w", "update", { changes: [replaced("/spec/a", 1, 2)] });
    expect(renderDrift(plan([moved, gone, waiting], { drifted: true }), terminal(), WORDS)).toBe(
      [
        "nimble  https://sdk.nimbleway.com",
        "",
        "  ~ nimble/a  job_7  jobs/a.yaml:1",
        '      ~ spec.display_name  "declared" → "by hand"',
        '      - spec.description   "declared"',
        "",
        "Gone (1): owned here, but not on the platform any more",
        "  nimble/g  gone: deleted by hand?",
        "",
        "Drift: 1 job changed live, 1 job gone. Besides: 1 job with changes in Git that wait for an apply.",
        "jobwright apply --only-cause drift puts it back; jobwright import --drifted takes it into the",
        "manifests; jobwright hold leaves a job alone.",
      ].join("\n"),
    );
  });

  it("tells both sides of a conflict rightly", () => {
    const changes = [replaced("/spec/a", "live one", "Git one", { cause: "conflict" })];
    const text = renderDrift(plan([action("nimble/a", "update", { changes })], { drifted: true }), terminal());
    expect(text).toContain('live          "live one"');
    expect(text).toContain('Git           "Git one"');
    // Healing drift leaves conflicts as they are.
    expect(text).toContain("Git has moved here, too: jobwright apply writes what it says;");
    expect(text).not.toContain("--only-cause");
  });

  it("says that there is none", () => {
    expect(renderDrift(plan([], { summary: { unchanged: 41 } }), terminal())).toBe(
      "No drift. 41 jobs are as last applied.",
    );
  });
});
