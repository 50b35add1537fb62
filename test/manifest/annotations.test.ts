import { describe, expect, it } from "vitest";
import { blaxel, loadFiles, nimble, places } from "./project.ts";

/** A Nimble manifest with annotations, in flow form. */
function annotated(name: string, annotations: string): string {
  return nimble(name, "", `  annotations: { ${annotations} }\n`);
}

async function annotationsOf(annotations: string) {
  const { desired, diagnostics } = await loadFiles({ "jobs/a.yaml": annotated("job-a", annotations) });
  return { annotations: desired[0]?.annotations, ignore: desired[0]?.ignore, diagnostics };
}

describe("annotations", () => {
  it("have defaults", async () => {
    const { desired } = await loadFiles({ "jobs/a.yaml": nimble("job-a") });
    expect(desired[0]?.annotations).toEqual({ protect: false, onRemove: "delete", ignore: [] });
    expect(desired[0]?.document.metadata).toEqual({ name: "job-a" });
  });

  it("are read and never sent", async () => {
    const text = nimble(
      "job-a",
      "",
      `  annotations:
    jobwright.dev/protect: "true"
    jobwright.dev/on-remove: disable
    jobwright.dev/id: job_7
    jobwright.dev/moved-from: job old
    jobwright.dev/ignore: |
      /spec/schedule/enabled
      /spec/description
`,
    );
    const { desired, diagnostics } = await loadFiles({ "jobs/a.yaml": text });
    expect(diagnostics).toEqual([]);
    expect(desired[0]?.annotations).toEqual({
      protect: true,
      onRemove: "disable",
      id: "job_7",
      movedFrom: "job old",
      ignore: ["/spec/schedule/enabled", "/spec/description"],
    });
    expect(desired[0]?.ignore).toEqual(["/spec/schedule/enabled", "/spec/description"]);
    expect(desired[0]?.document.metadata).toEqual({ name: "job-a" });
  });

  it.each([
    ['jobwright.dev/protect: "false"', false],
    ["jobwright.dev/protect: true", true],
    ["jobwright.dev/protect: false", false],
  ])("%s", async (text, expected) => {
    expect((await annotationsOf(text)).annotations?.protect).toBe(expected);
  });

  it.each([
    ['jobwright.dev/protct: "true"', "JW1110", 18, /"jobwright.dev\/protect"/],
    ['jobwright/protect: "true"', "JW1110", 18, /"jobwright.dev\/protect"/],
    ["jobwright.dev/owner: me", "JW1110", 18, /Known are/],
    ["jobwright.dev/protect: yes", "JW1107", 41, /keeps the job from being deleted/],
    ["jobwright.dev/on-remove: keep", "JW1107", 43, /once the manifest is gone/],
    ["jobwright.dev/id: 7", "JW1106", 36, /Quote/],
    ["jobwright.dev/id: job_0", "JW1111", 36, /job_7/],
    ["jobwright.dev/moved-from: a/b", "JW1111", 44, /former name/],
    ["jobwright.dev/moved-from: job-a", "JW1111", 44, /Remove/],
    ["jobwright.dev/ignore: spec/x", "JW1111", 40, /JSON Pointer/],
    ["jobwright.dev/target: nimbel", "JW1214", 40, /"nimble"/],
    ["jobwright.dev/target: blaxel", "JW1214", 40, /Targets of nimble: nimble/],
  ])("%s is refused", async (text, code, column, hint) => {
    const { diagnostics, annotations } = await annotationsOf(text);
    const errors = diagnostics.filter((d) => d.severity === "error");
    expect(errors).toMatchObject([{ code, line: 5, column }]);
    expect(errors[0]?.hint ?? "").toMatch(hint);
    expect(annotations).toBeUndefined();
  });

  it("of others are left out, with a warning", async () => {
    const text = blaxel("job-a", undefined, "  annotations: { team: search, example.com/x: z }\n");
    const { desired, diagnostics } = await loadFiles({ "jobs/a.yaml": text });
    expect(places(diagnostics)).toEqual(["warning JW1112 jobs/a.yaml:5:18", "warning JW1112 jobs/a.yaml:5:32"]);
    expect(desired[0]?.document.metadata).toEqual({ name: "job-a" });
  });

  it("bind an id for Nimble only", async () => {
    const text = blaxel("job-a", undefined, "  annotations: { jobwright.dev/id: job_7 }\n");
    expect((await loadFiles({ "jobs/a.yaml": text })).diagnostics).toMatchObject([{ code: "JW1111" }]);
  });

  it("choose the target", async () => {
    const { desired } = await loadFiles({
      "jobwright.yaml": "targets: { eu: { provider: blaxel, workspace: acme-eu } }\nvars: { t: eu }\n",
      "jobs/a.yaml": blaxel("job-a", undefined, '  annotations: { jobwright.dev/target: "${var:t}" }\n'),
    });
    expect(desired).toMatchObject([{ address: "eu/job-a", target: "eu", provider: "blaxel", name: "job-a" }]);
  });
});

describe("manifests together", () => {
  const both = (one: string, other: string) => loadFiles({ "jobs/a.yaml": one, "jobs/b.yaml": other });

  it("declare an address once", async () => {
    const { diagnostics, desired } = await both(nimble("job-a"), `# a comment\n${nimble("job-a")}`);
    expect(places(diagnostics)).toEqual(["error JW1204 jobs/b.yaml:5:9"]);
    expect(diagnostics[0]).toMatchObject({ address: "nimble/job-a", hint: expect.stringContaining("jobs/a.yaml:1.") });
    expect(diagnostics[0]?.frame).toContain("5 |   name: job-a");
    expect(desired).toHaveLength(1);
  });

  it("are told of a double address though one is wrong in other ways, too", async () => {
    const { diagnostics } = await both(nimble("job-a"), nimble("job-a", "  x: 1\n"));
    expect(places(diagnostics)).toEqual(["error JW1204 jobs/b.yaml:4:9", "error JW1104 jobs/b.yaml:7:3"]);
  });

  it("may have one name on two platforms", async () => {
    expect((await both(nimble("job-a"), blaxel("job-a"))).diagnostics).toEqual([]);
  });

  it("A09 cannot spell a name in two ways", async () => {
    const { diagnostics } = await both(nimble("caf\u00e9"), nimble("cafe\u0301"));
    expect(places(diagnostics)).toEqual(["error JW1205 jobs/b.yaml:4:9"]);
  });

  it.each([
    ["Job", "job"],
    ["ｊｏｂ", "job"],
  ])("A10 are warned where %s and %s are both there", async (one, other) => {
    const { diagnostics, desired } = await both(nimble(one), nimble(other));
    expect(places(diagnostics)).toEqual(["warning JW1206 jobs/b.yaml:4:9"]);
    expect(desired).toHaveLength(2);
  });

  it("bind a live id once", async () => {
    const { diagnostics } = await both(
      annotated("a1", "jobwright.dev/id: job_7"),
      annotated("b1", "jobwright.dev/id: job_7"),
    );
    expect(places(diagnostics)).toEqual(["error JW1212 jobs/b.yaml:5:36"]);
  });

  it.each([
    ["is still declared", nimble("old"), annotated("new", "jobwright.dev/moved-from: old")],
    [
      "has moved already",
      annotated("a1", "jobwright.dev/moved-from: old"),
      annotated("b1", "jobwright.dev/moved-from: old"),
    ],
  ])("cannot take over a name that %s", async (message, one, other) => {
    const { diagnostics } = await both(one, other);
    expect(places(diagnostics)).toEqual(["error JW1213 jobs/b.yaml:5:44"]);
    expect(diagnostics[0]?.message).toContain(message);
  });
});
