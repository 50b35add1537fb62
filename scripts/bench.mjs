// `npm run bench -- --sizes 1000,10000 --runs 5 [--json F] [--docs]`: measures and holds the figures to their targets.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
try {
  await build({
    entryPoints: [join(root, "bench/main.ts"), join(root, "bench/server.ts")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  const { main } = await import(pathToFileURL(join(folder, "main.mjs")).href);
  process.exitCode = await main(process.argv.slice(2), { root, server: join(folder, "server.mjs") });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
