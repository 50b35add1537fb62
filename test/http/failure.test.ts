import { describe, expect, it } from "vitest";
import { ApiError } from "../../src/errors.ts";
import type { ApiRequest } from "../../src/http/api.ts";
import { createApiClient } from "../../src/http/client.ts";
import { TransportError } from "../../src/http/transport.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { broken, clientOptions, errorOf, json, raw, type Step, scripted } from "./support.ts";

const LIST: ApiRequest = {
  method: "GET",
  path: "/jobs",
  kind: "read",
  about: "collection",
  label: "page 1 of the job list",
};
const UPDATE: ApiRequest = { method: "PUT", path: "/jobs/a", kind: "update", about: "item", body: "{}" };

const NAMES = {
  target: "blaxel-eu",
  platform: "Blaxel",
  key: "BL_API_KEY",
  baseUrl: "BL_API_URL",
  workspace: { name: "BL_WORKSPACE", value: "acme" },
};

const HTML = { "content-type": "text/html" };

async function failureOf(step: Step, request: ApiRequest = LIST): Promise<ApiError> {
  const secrets = createSecretTable();
  secrets.add("credential:BL_API_KEY", "the-very-key");
  const { options } = clientOptions(scripted(step), {
    names: NAMES,
    base: new URL("https://api.example.com/v0"),
    secrets,
  });
  return errorOf(ApiError, createApiClient(options).request(request));
}

describe("what a failure says", () => {
  it.each<[string, Step, string, string, string]>([
    [
      "unreachable",
      broken.refused,
      "JW2000",
      "page 1 of the job list: https://api.example.com (target blaxel-eu) refuses the connection (GET /v0/jobs, ECONNREFUSED, try 5 of 5)",
      "Nothing was sent. Check the network and BL_API_URL.",
    ],
    [
      "DNS",
      broken.unknownHost,
      "JW2001",
      "the host name of https://api.example.com does not resolve (GET /v0/jobs, ENOTFOUND, try 5 of 5)",
      "BL_API_URL",
    ],
    [
      "TLS",
      broken.certificate,
      "JW2002",
      "the certificate or TLS handshake of https://api.example.com is not accepted: certificate has expired (GET /v0/jobs, CERT_HAS_EXPIRED, try 1 of 5)",
      "Check the clock of this machine",
    ],
    [
      "plain http behind https",
      new TransportError(
        "before-sent",
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "807C:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl3_record.c:350:\n",
      ),
      "JW2002",
      "https://api.example.com does not speak TLS (GET /v0/jobs, ERR_SSL_WRONG_VERSION_NUMBER, try 1 of 5)",
      "plain http",
    ],
    [
      "proxy",
      new TransportError("before-sent", "PROXY", "Proxy response (407) !== 200 (HTTPS_PROXY is http://proxy:3128)"),
      "JW2003",
      "the proxy did not connect to https://api.example.com: Proxy response (407) !== 200 (HTTPS_PROXY is http://proxy:3128)",
      "HTTPS_PROXY",
    ],
    ["no answer", broken.reset, "JW2004", "https://api.example.com did not answer: the connection broke", "run again"],
    [
      "wrong key",
      json(401, { error: "unauthorized", message: "bad token the-very-key" }),
      "JW2010",
      "Blaxel refuses the credentials of target blaxel-eu: bad token [secret]; unauthorized (GET /v0/jobs, 401, try 1 of 5)",
      "Check BL_API_KEY",
    ],
    [
      "wrong workspace",
      json(403, { error: "forbidden" }),
      "JW2011",
      "in workspace acme: forbidden",
      "BL_API_KEY may do and BL_WORKSPACE",
    ],
    ["no budget", json(402, { error: "pay" }), "JW2012", "budget is used up: pay", "Raise the budget"],
    [
      "wrong base URL",
      json(404, { error: "no route" }),
      "JW2014",
      "there is no jobs API at https://api.example.com in workspace acme: wrong base URL? (no route)",
      "Check BL_API_URL (it ends in /v0) and BL_WORKSPACE.",
    ],
    [
      "API version",
      json(400, { error: "invalid_api_version", message: "unknown version" }),
      "JW2017",
      "does not know the API version",
      "a newer one",
    ],
    ["method", json(405, {}), "JW2018", "does not know this kind of request", "BL_API_URL"],
    [
      "rate",
      json(429, { message: "slow" }, { "retry-after": "600" }),
      "JW2019",
      "asks to wait 600 s: slow",
      "Run again later",
    ],
    ["down", json(503, { error: "maintenance" }), "JW2020", "Blaxel failed with 503: maintenance", "state of Blaxel"],
    [
      "HTML",
      raw(200, "<html>sign in</html>", HTML),
      "JW2030",
      "not the API: https://api.example.com answered HTML",
      "BL_API_URL",
    ],
    [
      "cut JSON",
      raw(200, '{"data":[', { "content-type": "application/json" }),
      "JW2031",
      "is broken: 9 characters",
      "Run again",
    ],
    ["empty", raw(204, ""), "JW2031", "is broken: empty", "Run again"],
    [
      "limit",
      new TransportError("in-body", "UND_ERR_RES_EXCEEDED_MAX_SIZE", "", { status: 200, headers: {} }),
      "JW2032",
      "past a limit: over 32 MiB",
      "32 MiB",
    ],
    [
      "A43 redirect",
      raw(302, "", { location: "https://user:pw@evil.example/login?token=the-very-key#x" }),
      "JW2033",
      "https://api.example.com redirects to https://evil.example/login, which is not followed (GET /v0/jobs, 302, try 1 of 5)",
      "change BL_API_URL",
    ],
    [
      "A43 redirect to a file",
      raw(301, "", { location: "file:///etc/passwd" }),
      "JW2033",
      "redirects to a file: URL, which",
      "",
    ],
    [
      "A47 A43 relative redirect",
      raw(307, "", { location: "/login\u001b[2J" }),
      "JW2033",
      "redirects to https://api.example.com/login",
      "",
    ],
  ])("%s", async (_name, step, code, message, hint) => {
    const error = await failureOf(step);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint ?? "").toContain(hint);
    expect(error.outcome).toBe("not-done");
    expect(`${error.message} ${error.hint}`).not.toMatch(/the-very-key|pw@|\u001b/);
    expect(error.cause).toBeUndefined();
  });

  it("of a write: what is known of it", async () => {
    const hints = await Promise.all(
      [broken.refused, broken.reset, json(400, {})].map(async (step) => (await failureOf(step, UPDATE)).hint ?? ""),
    );
    expect(hints[0]).toContain("Nothing was sent.");
    expect(hints[1]).toContain("It may have happened, or may happen yet");
    expect(hints[2]).toContain("It did not happen.");
  });

  it("stops the target where every other request would meet the same", async () => {
    const stops = async (step: Step, request: ApiRequest) => (await failureOf(step, request)).stopsTarget;
    expect(await stops(json(401, {}), UPDATE)).toBe(true);
    expect(await stops(broken.certificate, UPDATE)).toBe(true);
    expect(await stops(json(403, {}), LIST)).toBe(true);
    expect(await stops(json(403, {}), UPDATE)).toBe(false);
    expect(await stops(json(422, {}), UPDATE)).toBe(false);
    expect(await stops(json(402, {}), UPDATE)).toBe(false);
    expect(await stops(json(500, {}), UPDATE)).toBe(false);
  });

  it("points at the field that the platform does not take", async () => {
    const error = await failureOf(
      json(422, { detail: [{ loc: ["body", "schedule", "cron"], msg: "not a cron" }] }),
      UPDATE,
    );
    expect(error).toMatchObject({ code: "JW2016", at: "/schedule/cron", reason: "invalid" });
    expect(error.message).toContain("not valid: schedule.cron: not a cron (PUT /v0/jobs/a, 422, try 1 of 4)");
  });

  it("A63 quotes little of a page that is not the API's own, and no secret out of it", async () => {
    const page = `<html>\n::error::\u001b[31m${"x".repeat(150)}the-very-key${"y".repeat(5_000_000)}`;
    const error = await failureOf(raw(502, page, HTML));
    expect(error.message).toContain("Blaxel failed with 502: not the API's own error: HTML <html> ::error:: [31mxxx");
    expect(error.message.length).toBeLessThan(400);
    expect(error.message).not.toMatch(/[\n\u001b]|the-v/);
  });
});
