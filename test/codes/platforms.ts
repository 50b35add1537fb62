import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Transport, TransportError } from "../../src/http/transport.ts";
import type { FaultRule } from "../../src/sandbox/faults.ts";
import type { SandboxOptions } from "../../src/sandbox/server.ts";
import { blaxel, nimble, type Scenario, type Scenarios, type Scene } from "./scene.ts";

const STATELESS = "state: { store: none }\n";
const SCHEDULE = '  schedule: { cron: "0 7 * * *", enabled: true }\n';

/** Plans one manifest while the platform misbehaves. */
function planWith(fault: FaultRule, text = nimble(), more = "http: { readTries: 1 }\n"): Scenario {
  return async (scene) => {
    const { faults } = await scene.platforms();
    faults.add(fault);
    scene.write("jobs/a.yaml", text);
    scene.write("jobwright.yaml", more);
    return scene.plan();
  };
}

/** Plans with an environment of its own over that of a sandbox. */
function planIn(env: Readonly<Record<string, string>>, text = nimble(), more = ""): Scenario {
  return async (scene) => {
    await scene.platforms();
    Object.assign(scene.env, env);
    scene.write("jobs/a.yaml", text);
    if (more !== "") scene.write("jobwright.yaml", more);
    return scene.plan();
  };
}

/** Applies an update of a live Nimble job while its write goes wrong. */
function updateWith(fault: Omit<FaultRule, "method" | "path">): Scenario {
  return async (scene) => {
    const { data, faults } = await scene.platforms();
    data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    scene.write("jobs/a.yaml", nimble(SCHEDULE));
    scene.write("jobwright.yaml", `${STATELESS}http: { writeTries: 1 }\n`);
    faults.add({ ...fault, method: "PATCH", path: "/v1/jobs/" });
    return scene.apply({}, scene.quick());
  };
}

/** Creates a job of Blaxel or Nimble in a sandbox of this kind, with waits that take no time. */
async function create(scene: Scene, text: string, options: SandboxOptions = {}) {
  const sandbox = await scene.platforms(options);
  scene.write("jobs/a.yaml", text);
  scene.write("jobwright.yaml", `${STATELESS}http: { writeTries: 1 }\n`);
  return sandbox;
}

/** A transport that carries nothing. */
function broken(code: string, message: string): Transport {
  return {
    exchange: async () => {
      throw new TransportError("before-sent", code, message);
    },
    close: async () => {},
  };
}

/** A platform, or the way to it. */
export const PLATFORMS: Scenarios = {
  JW2000: async (scene) => {
    const gone = await scene.platforms();
    await gone.close();
    scene.write("jobs/a.yaml", nimble());
    return scene.plan();
  },
  // No name is looked up: the tests keep to this machine.
  JW2001: async (scene) => {
    await scene.platforms();
    scene.env["NIMBLE_BASE_URL"] = "https://sdk.nimbelway.com";
    scene.write("jobs/a.yaml", nimble());
    const shell = { ...scene.quick(), transport: () => broken("ENOTFOUND", "getaddrinfo ENOTFOUND") };
    return scene.plan({}, shell);
  },
  JW2002: async (scene) => {
    const { url } = await scene.platforms();
    scene.env["NIMBLE_BASE_URL"] = url.replace("http:", "https:");
    scene.write("jobs/a.yaml", nimble());
    return scene.plan();
  },
  JW2003: async (scene) => {
    const proxy = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    await scene.platforms();
    const { port } = proxy.address() as AddressInfo;
    Object.assign(scene.env, { NIMBLE_BASE_URL: "", HTTPS_PROXY: `http://127.0.0.1:${port}` });
    scene.write("jobs/a.yaml", nimble());
    await scene.plan();
    await new Promise((done) => proxy.close(done));
  },
  JW2004: planWith({ fault: "hang" }, nimble(), "http: { readTries: 1, readTimeout: 50ms }\n"),
  JW2005: async (scene) => {
    const { faults } = await create(scene, nimble());
    faults.add({ method: "POST", fault: { lateCommit: {} } });
    return scene.apply({}, scene.quick());
  },
  JW2006: async (scene) => {
    const { data, faults } = await scene.platforms();
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      data.blaxel.put({ metadata: { name }, spec: { runtime: { memory: 1024 } } });
      scene.write(`jobs/${name}.yaml`, blaxel(undefined, name));
    }
    scene.write("jobwright.yaml", `${STATELESS}http: { readTries: 1, concurrency: 1 }\n`);
    faults.add({ method: "GET", path: /^\/v0\/jobs\/./, fault: { status: 503, body: { error: "maintenance" } } });
    return scene.apply({}, scene.quick());
  },
  JW2007: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    const signal = AbortSignal.abort();
    return scene.plan(
      {},
      scene.shell(({ runtime }) => ({ runtime: { ...runtime, signal } })),
    );
  },
  JW2010: planWith({ fault: { status: 401, body: { code: "unauthorized", message: "invalid API key" } } }),
  JW2011: planWith({ fault: { status: 403, body: { error: "not a member of this workspace" } } }, blaxel()),
  JW2012: planWith({ fault: { status: 402, body: { code: "payment_required", message: "budget exhausted" } } }),
  JW2013: updateWith({ fault: { status: 404, body: { code: "not_found", message: "no such job" } } }),
  JW2014: async (scene) => {
    const { url } = await scene.platforms();
    scene.env["BL_API_URL"] = url;
    scene.write("jobs/a.yaml", blaxel());
    return scene.plan();
  },
  JW2015: updateWith({ fault: { status: 409, body: { code: "conflict", message: "the job is being updated" } } }),
  JW2016: updateWith({
    fault: {
      status: 422,
      body: { detail: [{ loc: ["body", "schedule", "cron"], msg: "too frequent", type: "value" }] },
    },
  }),
  JW2017: planWith(
    { fault: { status: 400, body: { code: "invalid_api_version", error: "unknown version" } } },
    blaxel(),
  ),
  JW2018: updateWith({ fault: { status: 405, body: { detail: "Method Not Allowed" } } }),
  JW2019: planWith({ fault: { rateLimited: { retryAfter: 3600 } } }),
  JW2020: planWith({ fault: { status: 503, body: { code: "unavailable", message: "maintenance" } } }),
  JW2030: planWith({ fault: "html" }),
  JW2031: planWith({ fault: "truncateBody" }),
  JW2032: planWith({ fault: { status: 200, headers: { "x-padding": "x".repeat(40_000) }, body: {} } }),
  JW2033: planWith({ fault: { redirect: { location: "https://elsewhere.example/v1/jobs" } } }),
  JW2034: async (scene) => {
    const { data, faults } = await create(scene, blaxel());
    data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 1024 } } });
    const body = { metadata: { name: "weekly" }, spec: {} };
    faults.add({ method: "PUT", fault: { status: 200, body } });
    return scene.apply({}, scene.quick());
  },
  JW2035: planWith({ path: "/v1/jobs", fault: { replace: { from: '"total":0', to: '"total":3' } } }),
  JW2040: planIn({ NIMBLE_BASE_URL: "sdk.nimbleway.com" }),
  JW2041: planIn({}, nimble(), "targets: { nimble: { baseUrl: https://collector.example } }\n"),
  JW2042: planIn({ NIMBLE_BASE_URL: "http://nimble.example" }),
  JW2043: planIn({ NIMBLE_BASE_URL: "https://sdk.nimbleway.com", NODE_TLS_REJECT_UNAUTHORIZED: "0" }),
  JW2044: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", blaxel());
    await scene.apply();
    const state = ".jobwright/state.json";
    scene.write(state, scene.read(state).replace('"id":"nightly"', '"id":".."'));
    return scene.plan();
  },
  JW2050: planIn({ NIMBLE_API_KEY: "" }),
  JW2051: planIn({ NIMBLE_API_KEY: "Bearer abc123" }),
  JW2052: planIn({ BL_WORKSPACE: "" }, blaxel()),
  JW2060: async (scene) => {
    const { data } = await scene.platforms({ adminKeys: ["somebody-else"] });
    const envs = [{ name: "API_KEY", value: "hidden-value", secret: true }];
    data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 1024, envs } } });
    scene.write("jobs/a.yaml", blaxel());
    return scene.plan();
  },
  JW2901: async (scene) => {
    const { data, faults } = await create(scene, blaxel());
    data.blaxel.put({ metadata: { name: "nightly" }, spec: {} });
    faults.add({ path: "/v0/jobs", fault: { replace: { from: '"spec"', to: '"config"' } } });
    return scene.plan();
  },
  JW2902: updateWith({ fault: { replace: { from: "0 7 * * *", to: "0 8 * * *" } } }),
  JW2903: async (scene) => {
    const { data, faults } = await create(scene, blaxel());
    data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 1024 } } });
    const to = '"memory":1024,"quota":12345678901234567890';
    faults.add({ method: "GET", fault: { replace: { from: '"memory":1024', to } } });
    return scene.apply({}, scene.quick());
  },
  JW2904: async (scene) => {
    const { data } = await create(scene, blaxel());
    data.blaxel.put({ metadata: { name: "nightly" }, spec: {} });
    data.blaxel.fade("nightly", "acme", 1000, 0);
    return scene.apply({}, scene.quick());
  },
  JW2905: async (scene) => {
    const { data, faults } = await create(scene, nimble());
    const two = () => {
      for (const _ of [1, 2]) data.nimble.put({ name: "amazon-daily", agent_name: "amazon_pdp" });
    };
    faults.add({ method: "POST", fault: "cutBefore", before: two });
    return scene.apply({}, scene.quick());
  },
};
