// Of undici the tool needs two agents; its entry loads all the rest as well (fetch, WebSocket, caches, mocks), which
// takes longer than most commands do.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const ENTRY = `
module.exports = {
  Agent: require("undici/lib/dispatcher/agent.js"),
  EnvHttpProxyAgent: require("undici/lib/dispatcher/env-http-proxy-agent.js"),
};
`;

/** A plugin of esbuild: what imports from undici gets these, and fails to build where it wants anything else. */
export const undiciSlim = {
  name: "undici-slim",
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "undici-slim" }));
    build.onLoad({ filter: /.*/, namespace: "undici-slim" }, async () => {
      const main = require.resolve("undici");
      const entry = await readFile(main, "utf8");
      for (const name of ["Agent", "EnvHttpProxyAgent"]) {
        if (!entry.includes(`module.exports.${name} = ${name}`)) throw new Error(`undici has no ${name} any more`);
      }
      return { contents: ENTRY, resolveDir: new URL(".", `file://${main}`).pathname };
    });
  },
};
