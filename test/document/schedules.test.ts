import { describe, expect, it } from "vitest";
import { schedulesOf } from "../../src/document/schedules.ts";

describe("schedulesOf", () => {
  it("takes Nimble's schedule, on where nothing says off", () => {
    const job = (schedule: { cron: string; enabled?: boolean }) => ({ metadata: {}, spec: { schedule } });
    expect(schedulesOf("nimble", job({ cron: "0 6 * * *", enabled: true }))).toEqual([{ cron: "0 6 * * *", on: true }]);
    expect(schedulesOf("nimble", job({ cron: "0 6 * * *" }))).toEqual([{ cron: "0 6 * * *", on: true }]);
    expect(schedulesOf("nimble", job({ cron: "0 6 * * *", enabled: false }))).toEqual([
      { cron: "0 6 * * *", on: false },
    ]);
  });

  it("finds none where there is none", () => {
    expect(schedulesOf("nimble", { metadata: {}, spec: { schedule: null } })).toEqual([]);
    expect(schedulesOf("nimble", { metadata: {}, spec: {} })).toEqual([]);
    expect(schedulesOf("blaxel", { metadata: {}, spec: {} })).toEqual([]);
    expect(schedulesOf("blaxel", { metadata: {} })).toEqual([]);
  });

  it("takes Blaxel's cron triggers in their order and no others", () => {
    const triggers = [
      { type: "http", configuration: { path: "/run", schedule: "1 1 * * *" } },
      { type: "cron", enabled: false, configuration: { schedule: "0 3 * * 0" } },
      { type: "cron", configuration: { schedule: "0 * * * *" } },
      { type: "cron" },
    ];
    expect(schedulesOf("blaxel", { metadata: {}, spec: { triggers } })).toEqual([
      { cron: "0 3 * * 0", on: false },
      { cron: "0 * * * *", on: true },
    ]);
  });

  it("counts all schedules of a Blaxel job that is off as off", () => {
    const triggers = [{ type: "cron", enabled: true, configuration: { schedule: "0 * * * *" } }];
    expect(schedulesOf("blaxel", { metadata: {}, spec: { enabled: false, triggers } })).toEqual([
      { cron: "0 * * * *", on: false },
    ]);
  });
});
