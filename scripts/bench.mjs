// `npm run bench -- --sizes 1000,10000 --runs 5 [--json F] [--docs]`: measures and holds the figures to their targets.
import { join } from "node:path";
import { bundled, root } from "./bundled.mjs";

await bundled(["bench/main.ts", "bench/server.ts"], async ({ main }, folder) => {
  process.exitCode = await main(process.argv.slice(2), { root, server: join(folder, "server.mjs") });
});
