// Bundles TypeScript of the tests and benchmarks for scripts that run it outside of the test runner.
import { mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** The project's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles files (relative to the project) and hands `use` what the first one exports, and the folder in which each is as
 * `NAME.mjs`; the folder goes afterwards.
 */
export async function bundled(files, use) {
  const folder = mkdtempSync(join(root, "node_modules", ".bundled-"));
  try {
    await build({
      entryPoints: files.map((file) => join(root, file)),
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      logLevel: "warning",
    });
    const first = join(folder, `${basename(files[0], ".ts")}.mjs`);
    await use(await import(pathToFileURL(first).href), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
