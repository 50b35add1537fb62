import { expect, it } from "vitest";
import { ApiError } from "../../src/errors.ts";
import { createApiClient } from "../../src/http/client.ts";
import { clientOptions, json, scripted } from "./support.ts";

it("a stop that comes while the lock is asked for keeps the write from leaving", async () => {
  const transport = scripted(json(201, { id: "job_1" }));
  const { options, stop } = clientOptions(transport);
  const client = createApiClient(options);
  const before = async (): Promise<void> => stop();
  const sent = client.request({
    method: "POST",
    path: "/v1/jobs",
    body: "{}",
    kind: "create",
    about: "collection",
    before,
  });
  await expect(sent).rejects.toBeInstanceOf(ApiError);
  await expect(sent).rejects.toMatchObject({ reason: "interrupted", outcome: "not-sent" });
  expect(transport.requests).toHaveLength(0);
});
