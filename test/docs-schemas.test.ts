import { expect, test } from "vitest";
import { configPage, manifestsPage } from "../scripts/docs-schemas.mjs";
import { read } from "./support/source-files.ts";

test("docs/reference-config.md is as `npm run docs` writes it, with every field", () => {
  const page = read("docs/reference-config.md");
  expect(page).toBe(configPage());
  for (const field of [
    "targets.NAME.apiKey",
    "patches[].patch[].op",
    "state.store",
    "http.maxWaitTotal",
    "createSettle",
  ]) {
    expect(page).toContain(`| \`${field}\` |`);
  }
  expect(page).toContain("| `safety.maxDeletes` | whole number from 0; default `5` |");
  expect(page).not.toContain("environments.NAME.vars` |");
});

test("docs/reference-manifests.md is as `npm run docs` writes it, with every field of each platform", () => {
  const page = read("docs/reference-manifests.md");
  expect(page).toBe(manifestsPage());
  expect(page).toContain("| `spec.schedule` | mapping |");
  expect(page).toContain("| `spec.schedule.cron` | text; required |");
  expect(page).toContain('| `metadata.annotations."jobwright.dev/protect"` |');
  expect(page).toContain("| `spec.triggers[].configuration.schedule` |");
  expect(page).not.toMatch(/callbackSecret|updatedBy/);
});
