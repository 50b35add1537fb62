import { describe, expect, it } from "vitest";
import type { Intent, JobState, State } from "../../src/model/state.ts";
import { renderStateJob, renderStateList } from "../../src/render/state-text.ts";
import { terminal } from "./builders.ts";
import { actsOnTerminal } from "./hostile.ts";

const JOB: JobState = {
  id: "job_7",
  createdAt: "2026-11-01T08:00:00Z",
  apiVersion: "nimbleway.com/v1",
  declared: {
    metadata: { name: "a" },
    spec: { agent_name: "x", token: { $secret: "env:TOKEN", fingerprint: "f" }, note: "one\ntwo" },
  },
  protect: false,
  onRemove: "delete",
  file: "jobs/a.yaml",
  adopted: true,
  appliedAt: "2026-11-23T10:00:00Z",
};

function stateWith(jobs: State["jobs"], open: State["open"] = []): State {
  const rest = {
    formatVersion: 1,
    lineage: "l",
    serial: 1,
    salt: "",
    environment: "",
    targets: {},
    applied: [],
  } as const;
  return { ...rest, jobs, open };
}

describe("renderStateList", () => {
  it("is a table, with the rules that make a job special", () => {
    const held = { ...JOB, hold: { until: "2026-12-01T23:59:59.999Z", reason: "r" }, protect: true };
    const text = renderStateList(stateWith({ "nimble/b": { ...held, id: "job_8" }, "nimble/a": JOB }), terminal(120));
    expect(text.split("\n")).toEqual([
      "job       live id  applied, UTC      manifest     rules",
      "nimble/a  job_7    2026-11-23 10:00  jobs/a.yaml",
      "nimble/b  job_8    2026-11-23 10:00  jobs/a.yaml  held until 2026-12-01, protected",
      "",
      "2 jobs owned.",
    ]);
  });

  it("says what is not settled, and that nothing is owned", () => {
    const intent: Intent = {
      ...{ seq: 1, run: "r", at: "2026-11-23T10:00:00Z", address: "nimble/c", target: "nimble", name: "c" },
      action: "create",
      apiVersion: "nimbleway.com/v1",
    };
    expect(renderStateList(stateWith({}, [intent]), terminal()).split("\n")).toEqual([
      "! nimble/c: nobody can say yet whether the create of 2026-11-23 10:00 UTC happened",
      "  jobwright apply settles it before anything else.",
      "",
      "The state owns no job.",
    ]);
    expect(renderStateList(undefined, terminal())).toBe("The state owns no job.");
  });
});

describe("renderStateJob", () => {
  it("tells what is known, and what was declared, without secrets", () => {
    expect(renderStateJob("nimble/a", { ...JOB, onRemove: "disable" }, terminal()).split("\n")).toEqual([
      "nimble/a",
      "  live id     job_7",
      "  manifest    jobs/a.yaml",
      "  API         nimbleway.com/v1",
      "  made        2026-11-01 08:00 UTC",
      "  ours by     adoption",
      "  applied     2026-11-23 10:00 UTC",
      "  rules       on-remove: disable",
      "",
      "Declared when it was applied last:",
      '  metadata: { name: "a" }',
      "  spec:",
      '    agent_name: "x"',
      "    token: (secret env:TOKEN)",
      "    note: |-",
      "      one",
      "      two",
    ]);
  });

  it("cannot be made to act on a terminal", () => {
    const evil = "\u001b[2J\n::error::x";
    const job = { ...JOB, id: evil, file: evil, hold: { until: evil, reason: evil }, declared: { [evil]: evil } };
    for (const text of [
      renderStateJob(`nimble/${evil}`, job, terminal()),
      renderStateList(stateWith({ [`nimble/${evil}`]: job }), terminal()),
    ]) {
      expect(actsOnTerminal(text)).toBe(false);
    }
  });
});
