import { describe, expect, it } from "vitest";
import blaxel from "../../schemas/blaxel.schema.json" with { type: "json" };
import nimbleV1 from "../../schemas/nimble-v1.schema.json" with { type: "json" };
import nimbleV2 from "../../schemas/nimble-v2.schema.json" with { type: "json" };
import { parsePointer } from "../../src/document/pointer.ts";
import { knownField } from "../../src/manifest/known-field.ts";

const FILES = {
  "blaxel.schema.json": blaxel,
  "nimble-v1.schema.json": nimbleV1,
  "nimble-v2.schema.json": nimbleV2,
};
const at = (file: keyof typeof FILES, path: string) => knownField(FILES, file, parsePointer(path));

describe("knownField", () => {
  it.each([
    "/metadata/name",
    "/spec/agent_name",
    "/spec/schedule/cron",
    "/spec/inputs/data",
  ])("knows %s of Nimble", (path) => {
    expect(at("nimble-v1.schema.json", path)).toBeDefined();
  });

  it("follows references into other files", () => {
    expect(at("nimble-v2.schema.json", "/spec/schedule/cron")).toBeDefined();
    expect(at("nimble-v2.schema.json", "/spec/extract_template_name")).toBeDefined();
    expect(at("nimble-v2.schema.json", "/spec/agent_name")).toBeUndefined();
  });

  it.each([
    "/spec/runtime/memory",
    "/spec/runtime/envs/BUCKET/value",
    "/spec/triggers/cron[0]/configuration/schedule",
    "/spec/runtime/envs/K8S/valueFrom/fieldRef/path",
    "/metadata/labels/team",
    "/spec/githubRunner/repositories",
  ])("knows %s of Blaxel", (path) => {
    expect(at("blaxel.schema.json", path)).toBeDefined();
  });

  it.each([
    "/spec/gpu",
    "/spec/runtime/gpu/kind",
    "/spec/runtime/envs/BUCKET/rotate",
    "/spec/triggers/cron[0]/configuration/jitter",
    "/metadata/owner",
    "/quota",
    "/spec/runtime/memory/unit",
    "/spec/__proto__/x",
    "/spec/constructor",
  ])("has never heard of %s", (path) => {
    expect(at("blaxel.schema.json", path)).toBeUndefined();
  });

  it("tells the default of a field", () => {
    expect(at("blaxel.schema.json", "/spec/runtime/diskPercent")).toEqual({ default: 50 });
    expect(at("nimble-v1.schema.json", "/spec/destination/format")).toEqual({ default: "parquet" });
    expect(at("nimble-v1.schema.json", "/spec/destination/path")).toEqual({});
  });
});
