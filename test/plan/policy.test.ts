import { expect, test } from "vitest";
import { policyChanges } from "../../src/plan/policy.ts";

test("A77 limits, protection, ignores, targets and state, at the top and in environments", () => {
  const before = {
    safety: { maxDeletes: 5, protect: ["a"] },
    targets: { blaxel: { workspace: "acme" } },
    vars: { x: 1 },
  };
  const after = {
    safety: { maxDeletes: 9999, protect: [] },
    targets: { blaxel: { workspace: "other" } },
    vars: { x: 2 },
    environments: { prod: { ignore: [{ match: "*", paths: ["/spec"] }], vars: { y: 1 } } },
  };
  expect(policyChanges(before, after)).toEqual([
    { path: "/safety/maxDeletes", before: 5, after: 9999 },
    { path: "/safety/protect", before: ["a"], after: [] },
    { path: "/targets/blaxel/workspace", before: "acme", after: "other" },
    { path: "/environments/prod/ignore", after: [{ match: "*", paths: ["/spec"] }] },
  ]);
});

test("an environment that is not approved by its name any more", () => {
  const before = { environments: { prod: { confirm: "name" } } };
  expect(policyChanges(before, { environments: { prod: {} } })).toEqual([
    { path: "/environments/prod/confirm", before: "name" },
  ]);
});

test("a config that is new or gone; equal ones, and what is no policy, are nothing", () => {
  const config = { safety: { adopt: "deny" } };
  expect(policyChanges(undefined, config)).toEqual([{ path: "/safety/adopt", after: "deny" }]);
  expect(policyChanges(config, undefined)).toEqual([{ path: "/safety/adopt", before: "deny" }]);
  expect(policyChanges(config, { ...config, manifests: ["jobs/**"] })).toEqual([]);
});
