// Both APIs by undici alone, as a script would call them: no retries, no checks.
import { Pool } from "undici";

const NIMBLE = { authorization: "Bearer bench-nimble-key" };
const BLAXEL = {
  authorization: "Bearer bench-blaxel-key",
  "x-blaxel-workspace": "acme",
  "blaxel-version": "2026-04-28",
};

/** A client with `connections` connections for each platform. */
export function openPlatforms(url, connections = 8) {
  const pools = { nimble: new Pool(url, { connections }), blaxel: new Pool(url, { connections }) };
  const call = async (platform, method, path, body) => {
    const headers = platform === "nimble" ? NIMBLE : BLAXEL;
    const { statusCode, body: answer } = await pools[platform].request({
      method,
      path,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = await answer.json();
    if (statusCode !== 200) throw new Error(`${method} ${path}: ${statusCode}`);
    return json;
  };
  return {
    call,
    async nimbleJobs() {
      const first = await call("nimble", "GET", "/v1/jobs?page=1&per_page=200");
      const pages = Math.ceil(first.total / 200);
      const numbers = Array.from({ length: Math.max(0, pages - 1) }, (_, i) => i + 2);
      const rest = await eachOf(numbers, connections, (n) => call("nimble", "GET", `/v1/jobs?page=${n}&per_page=200`));
      return [first, ...rest].flatMap(({ items }) => items);
    },
    async blaxelJobs() {
      const jobs = [];
      for (let cursor = ""; ; ) {
        const { data, meta } = await call("blaxel", "GET", `/v0/jobs?limit=200&sort=name%3Aasc${cursor}`);
        jobs.push(...data);
        if (!meta.hasMore) return jobs;
        cursor = `&cursor=${encodeURIComponent(meta.nextCursor)}`;
      }
    },
    close: () => Promise.all([pools.nimble.close(), pools.blaxel.close()]),
  };
}

/** `work` for all items, `limit` at a time; the results in the order of the items. */
export async function eachOf(items, limit, work) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  return results;
}
