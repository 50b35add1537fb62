import { describe, expect, it } from "vitest";
import { ApiError, JobwrightError } from "../../src/errors.ts";
import { createApiClient } from "../../src/http/client.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import { broken, clientOptions, DELETE, errorOf, json, OK, READ, scripted, setUp, UPDATE } from "./support.ts";

describe("a write that may have happened", () => {
  it("is looked at before each further try, and sent again only where it is still due", async () => {
    const { client, requests, clock } = setUp(broken.reset, json(500, {}), OK);
    const due: boolean[] = [true, true];
    const looks: number[] = [];
    const stillDue = async (): Promise<boolean> => {
      looks.push(requests.length);
      return due.shift() ?? false;
    };
    expect(await client.request({ ...UPDATE, stillDue })).toMatchObject({ status: 200, attempts: 3 });
    expect(looks).toEqual([1, 2]);
    expect(clock.sleeps).toHaveLength(2);
    const other = setUp(broken.reset, OK);
    expect(await errorOf(ApiError, other.client.request({ ...DELETE, stillDue }))).toMatchObject({
      ...{ code: "JW2005", outcome: "unknown", attempts: 1 },
    });
    expect(other.requests).toHaveLength(1);
  });

  it("is not sent again where the look fails, and never looked at where it did not happen", async () => {
    const blind = async (): Promise<boolean> => {
      throw new JobwrightError("JW2020", "platform-error", "cannot read");
    };
    const lost = setUp(broken.reset, OK);
    expect(await errorOf(ApiError, lost.client.request({ ...UPDATE, stillDue: blind }))).toMatchObject({
      ...{ code: "JW2005", outcome: "unknown", attempts: 1 },
    });
    const refused = setUp(json(429, {}), broken.refused, OK);
    expect(await refused.client.request({ ...UPDATE, stillDue: blind })).toMatchObject({ attempts: 3 });
  });

  it("may be looked at through the same client, however few places it has", async () => {
    const { options } = clientOptions(scripted(broken.reset, OK, OK));
    const client = createApiClient({ ...options, http: { ...HTTP_DEFAULTS, concurrency: 1 } });
    const stillDue = async (): Promise<boolean> => (await client.request(READ)).status === 200;
    expect(await client.request({ ...UPDATE, stillDue })).toMatchObject({ status: 200, attempts: 2 });
  });
});
