// `npm run sim -- --seeds N --from S [--json F] [--brief]`: plays seeds of the simulation and tells what came of them;
// `--seed N` tells everything that happens in one.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, "node_modules", ".sim-"));
try {
  const outfile = join(folder, "sim.mjs");
  await build({
    entryPoints: [join(root, "test/sim/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
