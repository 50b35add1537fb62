import { describe, expect, it } from "vitest";
import type { SandboxBehaviours } from "../../src/sandbox/options.ts";
import { demoSeed } from "../../src/sandbox/seed.ts";
import { bench } from "./client.ts";
import { OPENAPI_ABSENT, OPENAPI_AVAILABLE, openApiErrors } from "./openapi.ts";

/** Every answer of every test in this folder goes through the same check; here it is made sure that it checks. */
describe.skipIf(!OPENAPI_AVAILABLE)(OPENAPI_AVAILABLE ? "the published OpenAPI documents" : OPENAPI_ABSENT, () => {
  it("are understood: answers that break them are noticed", () => {
    expect(openApiErrors("nimble", "Job", { id: "7", name: "a" })).toEqual([expect.stringContaining("Job/id")]);
    expect(openApiErrors("nimble", "JobList", { items: [], total: 0, page: 1 })).toHaveLength(1);
    expect(openApiErrors("blaxel", "Job", { metadata: {}, spec: { enabled: "yes" } })).toHaveLength(2);
    expect(openApiErrors("blaxel", "Error", { code: 404 })).toHaveLength(1);
    expect(openApiErrors("blaxel", "Job[]", [{ spec: {} }])).toHaveLength(1);
  });

  const variants: readonly Partial<SandboxBehaviours>[] = [
    {},
    { nullFields: "left-out", listOrder: "oldest", listEqualsGet: false },
    { emptyLists: "dropped", maskStyle: "partial", envOrder: "sorted", listItems: "reversed" },
    { triggerIds: "hidden", revisions: "on-update", maskStyle: "changing", nimbleUnknownFields: "keep" },
  ];
  it.each(variants)("hold for all answers with %j", async (behaviours) => {
    const { call, sandbox } = await bench({ seed: demoSeed(), behaviours });
    const names = sandbox.data.blaxel.all().map((job) => String((job["metadata"] as { name: string }).name));
    const ids = sandbox.data.nimble.all().map((job) => job.id);
    await call("GET", "/v1/jobs");
    for (const id of ids) {
      await call("GET", `/v1/jobs/${id}`);
      await call("PATCH", `/v1/jobs/${id}`, { schedule: null, inputs: { type: "inline", data: [] } });
    }
    await call("GET", "/v0/jobs");
    await call("GET", "/v0/jobs?limit=3", undefined, { "blaxel-version": "2026-04-28" });
    for (const name of names) {
      const { body } = await call("GET", `/v0/jobs/${name}?show_secrets=true`);
      await call("PUT", `/v0/jobs/${name}`, body);
      sandbox.data.blaxel.deploy(name, "image:1");
      await call("GET", `/v0/jobs/${name}/revisions`);
      expect((await call("DELETE", `/v0/jobs/${name}`)).status).toBe(200);
    }
    expect(sandbox.log.entries.every((entry) => entry.status < 400)).toBe(true);
  });
});
