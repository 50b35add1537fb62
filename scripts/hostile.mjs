// `npm run hostile [-- READER] [--text NAME]`: what a mebibyte of each kind of trouble costs whoever reads it.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, "node_modules", ".hostile-"));
try {
  const bundle = join(folder, "measure.mjs");
  const script = join(folder, "main.mjs");
  await build({
    entryPoints: [join(root, "test/hostile/measure.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  await build({
    stdin: {
      contents: `import { main } from ${JSON.stringify(pathToFileURL(bundle).href)};
process.exitCode = await main(process.argv[1], process.argv.slice(2));`,
    },
    outfile: script,
    format: "esm",
    logLevel: "warning",
  });
  const { main } = await import(pathToFileURL(bundle).href);
  process.exitCode = await main(script, process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
