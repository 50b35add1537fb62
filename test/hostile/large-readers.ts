import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { savedPlan } from "../../src/commands/saved-plan.ts";
import { JobwrightError } from "../../src/errors.ts";
import { readAnswer } from "../../src/http/attempt.ts";
import type { Transport } from "../../src/http/transport.ts";
import { loadProject } from "../../src/manifest/load.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import type { ProviderId } from "../../src/model/job.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { encodeState } from "../../src/state/state-format.ts";
import { NOON, raw, testRuntime } from "../http/support.ts";
import { fileOptions } from "../state/support/builders.ts";
import { createMemoryDisk } from "../state/support/memory-disk.ts";
import { state } from "../support/jobs.ts";
import { ANSWERS, JOURNALS, PLANS, STATES } from "./large-documents.ts";
import { CONFIGS, MANIFESTS, type Texts } from "./large-texts.ts";

/** What reads a kind of text, as the program does, and what it says of it: all of it, as a user would get it. */
export interface Reader {
  readonly texts: Texts;
  readonly read: (bytes: Uint8Array) => Promise<string>;
}

export const READERS: Readonly<Record<string, Reader>> = {
  manifest: { texts: MANIFESTS, read: (bytes) => projectWith({ "jobs/a.yaml": bytes }) },
  config: {
    texts: CONFIGS,
    read: (bytes) => projectWith({ "jobwright.yaml": bytes, ...Object.fromEntries(hundredJobs()) }),
  },
  state: { texts: STATES, read: (bytes) => stored(bytes, undefined) },
  journal: {
    texts: JOURNALS,
    read: (bytes) => stored(encodeState({ state: state({}), lastSeq: 0 }), bytes),
  },
  plan: {
    texts: PLANS,
    read: async (bytes) => failure(() => `${savedPlan(text(bytes), "plan.json").plan.actions.length} actions`),
  },
  answer: { texts: ANSWERS, read: answered },
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** What a typed failure says; anything else is thrown on. */
async function failure(work: () => string | Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    return `${error.code} ${error.message} ${error.hint ?? ""}`;
  }
}

function hundredJobs(): readonly [string, string][] {
  return Array.from({ length: 100 }, (_, n) => [
    `jobs/a${n}.yaml`,
    `apiVersion: nimbleway.com/v1\nkind: Job\nmetadata: { name: a${n} }\nspec: { agent_name: a }\n`,
  ]);
}

async function projectWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "jobwright-large-"));
  try {
    mkdirSync(join(root, "jobs"));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(root, file), content);
    const { diagnostics, desired } = await loadProject({ cwd: root, env: {}, secrets: "resolve", today: NOON });
    return `${desired.length} jobs, ${diagnostics.length} problems\n${renderDiagnostics(diagnostics, PLAIN_STYLE)}`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function stored(stateFile: string | Uint8Array, journal: Uint8Array | undefined): Promise<string> {
  const disk = createMemoryDisk(["/project", "/project/.jobwright"]);
  disk.put("/project/.jobwright/state.json", stateFile);
  if (journal !== undefined) disk.put("/project/.jobwright/journal.jsonl", journal);
  return failure(
    async () => `${Object.keys((await createFileStore(fileOptions(disk)).read())?.jobs ?? {}).length} jobs`,
  );
}

/** One body as the list of either platform, and as its error. */
async function answered(body: Uint8Array): Promise<string> {
  const answer = raw(200, body, { "content-type": "application/json" });
  const transport: Transport = { exchange: async () => answer, close: async () => undefined };
  const env = { NIMBLE_API_KEY: "nimble-key", BL_API_KEY: "blaxel-key", BL_WORKSPACE: "acme" };
  const list = (provider: ProviderId): Promise<string> =>
    failure(async () => {
      const { runtime } = testRuntime(env);
      const context = { runtime, http: { ...HTTP_DEFAULTS, readTries: 1 }, secrets: createSecretTable(), transport };
      const client = PROVIDERS[provider].connect(
        { name: provider, provider, explicit: false },
        ["nimbleway.com/v1"],
        context,
      );
      return `${(await client.list()).length} jobs`;
    });
  const error = readAnswer({ ...answer, status: 400 }, "create", NOON, "https://api.example.com");
  const said = error.ok ? "" : error.signal;
  return [await list("nimble"), await list("blaxel"), said].join("\n");
}
