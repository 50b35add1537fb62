import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { plan } from "../../src/commands/plan.ts";
import { checkOrigin } from "../../src/http/origin.ts";
import type { Fault } from "../../src/sandbox/faults.ts";
import { jobwright } from "../support/cli.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { startPlatforms } from "../support/platforms.ts";
import { ROOT } from "../support/source-files.ts";
import { selfSigned } from "./certificate.ts";

async function project(): Promise<CliProject> {
  const made = await cliProject({ "jobs/n.yaml": nimbleManifest("n"), "jobs/b.yaml": blaxelManifest("b") });
  onTestFinished(() => made.close());
  return made;
}

describe("A44 variables of the environment that are not ours", () => {
  it("change nothing in what is sent", async () => {
    const strangers = {
      NIMBLE_CUSTOM_HEADERS: "X-Evil: 1\nAuthorization: Bearer other",
      NIMBLE_WEBHOOK_KEY: "w",
      BL_REGION: "us-pdx-1",
      BL_DEBUG: "true",
      BL_API_VERSION: "1999-01-01",
      BL_TYPE: "sandbox",
      NODE_OPTIONS: "--max-http-header-size=65536",
    };
    const sent: string[] = [];
    for (const env of [{}, strangers]) {
      const place = await project();
      expect((await place.runWith(env, "apply", "-y")).code).toBe(0);
      const requests = place.sandbox.log.entries.map(({ method, path, headers, body }) => {
        const { host: _, ...rest } = headers;
        return JSON.stringify([method, path, Object.entries(rest).sort(), body]);
      });
      sent.push(requests.sort().join("\n"));
    }
    expect(sent[1]).toBe(sent[0]);
    expect(sent[1]).not.toMatch(/evil|other|1999/i);
  });
});

describe("A44 variables that a library looks at", () => {
  it("show nothing of what is read", async () => {
    const place = await project();
    place.write("jobs/n.yaml", nimbleManifest("n", "0 6 * * *", "  unknown: x\n"));
    const run = await place.runWith({ LOG_TOKENS: "1", LOG_STREAM: "1", DEBUG: "*" }, "validate", "--format", "json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ formatVersion: 1, error: { code: "JW1000" } });
  });
});

describe("A49 a name that leads to another machine", () => {
  it("is told by its certificate; no request, and so no key, goes there", async () => {
    const { certificate, key } = selfSigned("api.somewhere.example");
    const requests: string[] = [];
    const server = createServer({ cert: certificate, key }, (request, response) => {
      requests.push(request.url ?? "");
      response.end("[]");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const place = await project();
    place.write("ca.pem", certificate);
    const { port } = server.address() as AddressInfo;
    for (const trust of [{}, { NODE_EXTRA_CA_CERTS: `${place.path}/ca.pem` }]) {
      const env = { ...place.env, ...trust, NIMBLE_BASE_URL: `https://127.0.0.1:${port}` };
      const run = await jobwright(["plan", "--target", "nimble"], { cwd: place.path, env });
      expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("JW2002") });
      // With an issuer that is trusted it is the name that does not fit.
      if ("NODE_EXTRA_CA_CERTS" in trust) expect(run.stderr).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    }
    expect(requests).toEqual([]);
  });

  it("is no target that a config file in the repository may choose", () => {
    const rules = { source: "config", name: "targets.x.baseUrl", allowOrigins: [] } as const;
    for (const url of ["https://169.254.169.254/v0", "https://127.0.0.1:8443", "https://10.0.0.1", "https://[::1]"]) {
      expect(() => checkOrigin(url, rules)).toThrow(expect.objectContaining({ code: "JW2041" }));
    }
  });
});

describe("A82 what a failure carries", () => {
  it.each<[string, Fault]>([
    ["an error of the platform", { status: 500, body: { message: "{{authorization}}" } }],
    ["a connection that breaks", "resetAfter"],
    ["a body that is cut", "truncateBody"],
    ["a page", { html: { status: 200, body: "<html>{{authorization}}</html>" } }],
    ["a redirect", { redirect: { location: "https://evil.example/?{{authorization}}" } }],
  ])("%s: holds no key, however it is looked at", async (_name, fault) => {
    const platforms = await startPlatforms();
    onTestFinished(() => platforms.close());
    platforms.write("jobs/n.yaml", nimbleManifest("n"));
    platforms.write("jobs/b.yaml", blaxelManifest("b"));
    platforms.write("jobwright.yaml", "http: { readTries: 1 }\n");
    platforms.sandbox.faults.add({ fault });
    const error: unknown = await plan(platforms.shell(), {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: null, showHidden: true, getters: true })).not.toMatch(/nimble-key-1|blaxel-key-1/);
  });

  it("in a diagnostic report is without the environment, where Node.js can leave it out", async () => {
    const place = await project();
    place.write("report.cjs", 'process.on("exit", () => process.stderr.write(JSON.stringify(process.report)));\n');
    const run = await place.runWith({ NODE_OPTIONS: `--require ${place.path}/report.cjs` }, "validate");
    expect(JSON.parse(run.stderr.slice(run.stderr.indexOf("{")))).toMatchObject({ excludeEnv: true });
  });
});

describe("A83 a run", () => {
  it("connects to the origins that are configured, and to nobody else", async () => {
    const place = await project();
    const env = { NODE_OPTIONS: `--require ${ROOT}test/hostile/connect-hook.cjs` };
    const told = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { code, stderr } = await place.runWith(env, ...args);
      expect(code, stderr).toBe(0);
      return [...new Set(stderr.split("\n").filter((line) => line.startsWith("[hook] ")))];
    };
    expect(await told("validate")).toEqual([]);
    expect(await told("schema")).toEqual([]);
    for (const command of [["plan"], ["apply", "-y"], ["drift"], ["status"], ["import"]]) {
      expect(await told(...command)).toEqual([`[hook] connect 127.0.0.1:${place.sandbox.port}`]);
    }
  });
});
