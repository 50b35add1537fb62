import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { commandsOf, HEAD, pullRequest, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => world.close());

const withEnv = (env: Readonly<Record<string, string>>) => ({ ...pullRequest(), env });

describe("a GitHub server of one's own", () => {
  it.each([
    ["as the runner names its parts", "/api/graphql"],
    ["where only the REST API is named", ""],
  ])("is spoken to %s", async (_how, graphql) => {
    const { url } = world.github;
    const event = withEnv({
      GITHUB_API_URL: `${url}/api/v3`,
      GITHUB_GRAPHQL_URL: graphql === "" ? "" : `${url}${graphql}`,
      GITHUB_SERVER_URL: "https://github.example.org:8443",
    });
    const run = await world.run(PLAN, event);
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(commandsOf(run, "warning")).toEqual([]);
    await world.run(PLAN, event);
    expect(world.github.comments).toHaveLength(1);
    expect(world.github.comments[0]?.body).toContain(`https://github.example.org:8443/o/r/blob/${HEAD}/jobs/a.yaml#L1`);
    const paths = world.github.requests.map((line) => line.replace(/\?.*/, ""));
    expect(paths).toContain("POST /api/graphql");
    expect(paths.filter((line) => !/ \/api\/(v3\/repos\/o\/r\/|graphql$)/.test(line))).toEqual([]);
  });
});

describe("a proxy", () => {
  let proxy: Server;
  let seen: string[];
  beforeEach(async () => {
    seen = [];
    proxy = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url}`);
      const { method, headers } = incoming;
      const onward = httpRequest(incoming.url ?? "", { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    });
    proxy.on("connect", (incoming, socket) => {
      seen.push(`CONNECT ${incoming.url}`);
      const { hostname, port } = new URL(`http://${incoming.url}`);
      if (hostname !== "127.0.0.1") return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      const onward = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [socket, onward]) end.on("error", () => onward.destroy());
      return undefined;
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  });
  afterEach(
    () =>
      new Promise<void>((done) => {
        proxy.close(() => done());
        proxy.closeAllConnections();
      }),
  );
  const address = (userinfo = ""): string => `http://${userinfo}127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  it("carries what goes to GitHub, and nothing of the platforms on this machine", async () => {
    const run = await world.run(PLAN, withEnv({ HTTP_PROXY: address(), HTTPS_PROXY: "", NO_PROXY: "" }));
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(world.github.comments).toHaveLength(1);
    const hosts = new Set(seen.map((line) => /127\.0\.0\.1:\d+/.exec(line)?.[0]));
    expect([...hosts]).toEqual([new URL(world.github.url).host]);
  });

  it("is left out where NO_PROXY says so", async () => {
    await world.run(PLAN, withEnv({ HTTP_PROXY: address(), NO_PROXY: "127.0.0.1" }));
    expect(world.github.comments).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  it("that does not let us through costs the comment, and its password is shown nowhere", async () => {
    const far = { GITHUB_API_URL: "https://api.github.test", GITHUB_GRAPHQL_URL: "https://api.github.test/graphql" };
    const run = await world.run(
      { ...PLAN, comment: "never" },
      withEnv({ ...far, HTTPS_PROXY: address("ana:hunter22@") }),
    );
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(new Set(seen)).toEqual(new Set(["CONNECT api.github.test:443"]));
    const warnings = commandsOf(run, "warning").map(({ data }) => data);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("gave no answer to");
    expect(`${run.stdout}${run.stderr}${run.summary}`).not.toContain("hunter22");
  });

  it("that is no URL is told before anything is done", async () => {
    const far = { GITHUB_API_URL: "https://api.github.test" };
    const run = await world.run(PLAN, withEnv({ ...far, HTTPS_PROXY: "http://ana:hunter22@:x" }));
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "invalid" } });
    expect(commandsOf(run, "error")[0]?.data).toContain("HTTPS_PROXY is not a URL");
    expect(run.stdout).not.toContain("hunter22");
  });
});

describe("an answer that points elsewhere", () => {
  it("is not followed, so that the token stays where it belongs", async () => {
    const other = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    try {
      const headers = { location: `${other.github.url}/repos/o/r/issues/7/comments` };
      world.github.faults.push({ on: /comments/, status: 302, headers, times: 99 });
      const run = await world.run(PLAN);
      expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
      expect(commandsOf(run, "warning")[0]?.data).toContain(`points elsewhere to ${other.github.url}`);
      expect(other.github.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe("a status", () => {
  it("is written again where GitHub failed: twice is no harm, never would stop the apply", async () => {
    world.github.faults.push({ on: /POST .*statuses/, status: 502, times: 1 });
    const run = await world.run(PLAN);
    expect(commandsOf(run, "warning")).toEqual([]);
    expect(world.github.statuses).toHaveLength(1);
  });

  it("that is one too many for GitHub is told as what apply will miss", async () => {
    const message = "This SHA and context has reached the maximum number of statuses.";
    world.github.faults.push({ on: /POST .*statuses/, status: 422, message, times: 9 });
    const run = await world.run(PLAN);
    expect(run.code).toBe(0);
    expect(commandsOf(run, "warning")[0]?.data).toMatch(/apply will not find it.*maximum number of statuses/);
  });
});
