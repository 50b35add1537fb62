// Builds the command line into build/: one bundle, split so that `--version` loads next to nothing.
import { chmod, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compileSchemas } from "./compile-schemas.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));

await compileSchemas(`${root}src/manifest/compiled`);
await rm(`${root}build`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli.ts" },
  outdir: "build",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  chunkNames: "chunks/[name]-[hash]",
  define: { "process.env.JOBWRIGHT_VERSION": JSON.stringify(version) },
  // Libraries written as CommonJS ask for `require`; ES modules have none.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  legalComments: "linked",
  logLevel: "warning",
});
await chmod(`${root}build/cli.js`, 0o755);
