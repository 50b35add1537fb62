import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load, makeProject } from "../manifest/project.ts";
import { type EditorProject, editorProject } from "../support/editor-project.ts";
import { anew, CURSOR } from "../support/language-server.ts";
import { filesUnder, read } from "../support/source-files.ts";

const head = (apiVersion: string) => `apiVersion: ${apiVersion}\nkind: Job\nmetadata:\n  name: a\n`;
const V1 = `${head("nimbleway.com/v1")}spec:\n  agent_name: x\n`;
const BLAXEL = `${head("blaxel.ai/v1alpha1")}spec:\n`;

/** Where each snippet is offered: the file, the text, what is chosen there. */
const PLACES: readonly (readonly [file: string, text: string, label: string])[] = [
  ["jobs/a.yaml", CURSOR, "new Nimble job (v1)"],
  ["jobs/a.yaml", CURSOR, "new Nimble job (v2)"],
  ["jobs/a.yaml", CURSOR, "new Blaxel job"],
  ["jobs/a.yaml", `apiVersion: nimbleway.com/v2\n${CURSOR}`, "new Nimble job (v2)"],
  ["jobs/a.yaml", `apiVersion: blaxel.ai/v1alpha1\nkind: Job\n${CURSOR}`, "new Blaxel job"],
  ["jobs/a.yaml", `${V1}  sch${CURSOR}`, "schedule"],
  ["jobs/a.yaml", `${V1}  schedule:\n    ${CURSOR}`, "cron and enabled"],
  ["jobs/a.yaml", `${V1}  inputs:\n    ${CURSOR}`, "records of an S3 object"],
  ["jobs/a.yaml", `${V1}  inputs:\n    ${CURSOR}`, "records written here"],
  ["jobs/a.yaml", `${V1}  inputs:\n    ${CURSOR}`, "records of an uploaded file"],
  ["jobs/a.yaml", `${V1}  ${CURSOR}`, "destination"],
  ["jobs/a.yaml", `${V1}  destination:\n    ${CURSOR}`, "a folder in S3"],
  ["jobs/a.yaml", `${BLAXEL}  ${CURSOR}`, "runtime"],
  ["jobs/a.yaml", `${BLAXEL}  runtime:\n    ${CURSOR}`, "memory, timeout and retries"],
  ["jobs/a.yaml", `${BLAXEL}  runtime:\n    envs:\n      - ${CURSOR}`, "a variable"],
  ["jobs/a.yaml", `${BLAXEL}  runtime:\n    envs:\n      - ${CURSOR}`, "a secret"],
  ["jobs/a.yaml", `${BLAXEL}  runtime:\n    envs:\n      - name: A\n        value: b\n      - ${CURSOR}`, "a secret"],
  ["jobs/a.yaml", `${BLAXEL}  runtime:\n    ports:\n      - ${CURSOR}`, "a port"],
  ["jobs/a.yaml", `${BLAXEL}  triggers:\n    - ${CURSOR}`, "a cron trigger"],
  ["jobs/a.yaml", `${BLAXEL}  triggers:\n    - ${CURSOR}`, "an HTTP trigger"],
  ["jobs/a.yaml", `${BLAXEL}  triggers:\n    - type: http\n    - ${CURSOR}`, "an HTTP trigger that does not wait"],
  ["jobs/a.yaml", `${BLAXEL}  volumes:\n    - ${CURSOR}`, "a volume"],
  ["jobs/a.yaml", `${BLAXEL}  ${CURSOR}`, "githubRunner"],
  ["jobs/a.yaml", `${BLAXEL}  githubRunner:\n    ${CURSOR}`, "repositories"],
  ["jobwright.yaml", CURSOR, "targets"],
  ["jobwright.yaml", `targets:\n  ${CURSOR}`, "another workspace"],
  ["jobwright.yaml", CURSOR, "vars"],
  ["jobwright.yaml", `patches:\n  - ${CURSOR}`, "a patch"],
  ["jobwright.yaml", `patches:\n  - match: "*"\n    patch:\n      - ${CURSOR}`, "an operation"],
  ["jobwright.yaml", CURSOR, "state"],
  ["jobwright.yaml", `state:\n  ${CURSOR}`, "where it is kept"],
  ["jobwright.yaml", `ignore:\n  - ${CURSOR}`, "an ignore rule"],
  ["jobwright.yaml", CURSOR, "safety"],
  ["jobwright.yaml", `safety:\n  ${CURSOR}`, "limits and protected jobs"],
  ["jobwright.yaml", CURSOR, "http"],
  ["jobwright.yaml", `http:\n  ${CURSOR}`, "concurrency"],
  ["jobwright.yaml", CURSOR, "environments"],
  ["jobwright.yaml", `environments:\n  ${CURSOR}`, "an environment"],
];

interface Inserted {
  readonly text: string;
  readonly problems: readonly string[];
}

let project: EditorProject;
/** Of each place; made at once, since the server takes its time before it looks at a text. */
let inserted: readonly Inserted[] = [];
beforeAll(async () => {
  project = await editorProject();
  inserted = await Promise.all(
    PLACES.map(async ([file, text, label], index) => {
      const offers = (await project.server.complete(file, text)).filter((offer) => offer.label === label);
      // Of one label the snippet comes last: fields of the same name stand before it.
      const accepted = offers.at(-1)?.accepted ?? "";
      return { text: accepted, problems: await project.server.problems(anew(file, index), accepted) };
    }),
  );
});
afterAll(() => project.close());

describe("snippets", () => {
  it.each(
    PLACES.map(([file, text, label], index) => ({ file, text, label, index })),
  )("$label after $text of $file is right as it is inserted", async ({ file, text, index }) => {
    const { text: accepted = "", problems } = inserted[index] ?? {};
    expect(accepted.length).toBeGreaterThan(text.length + 4);
    expect(problems).toEqual([]);
    const other = `${V1.replace("name: a", "name: b")}  schedule: { cron: "0 6 * * *", enabled: false }\n`;
    const root = makeProject({ "jobs/b.yaml": other, [file]: accepted });
    const environment = accepted.startsWith("environments:") ? "prod" : "";
    const { diagnostics, desired } = await load(root, { secrets: "skip", environment });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    if (file !== "jobwright.yaml") expect(desired).toHaveLength(2);
  });

  it("are all tried", () => {
    const tried = new Set(PLACES.map(([, , label]) => label));
    const all = filesUnder("schemas", ".json").flatMap((file) => snippetLabels(JSON.parse(read(file))));
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter((label) => !tried.has(label))).toEqual([]);
  });
});

/** Labels of all snippets in a part of a schema. */
function snippetLabels(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(snippetLabels);
  if (typeof part !== "object" || part === null) return [];
  const own = "defaultSnippets" in part ? (part.defaultSnippets as { label: string }[]).map(({ label }) => label) : [];
  return [...own, ...Object.values(part).flatMap(snippetLabels)];
}
