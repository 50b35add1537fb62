// Builds the command line and the library into build/: one bundle, split so that `--version` loads next to nothing.
import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildTypes } from "./build-types.mjs";
import { compileSchemas } from "./compile-schemas.mjs";
import { licensesOf } from "./licenses.mjs";
import { undiciSlim } from "./undici-slim.mjs";
import { repositoryName } from "./repository-name.mjs";
import { YAML_FOR_BROWSERS } from "./yaml-alias.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version, repository } = JSON.parse(await readFile(`${root}package.json`, "utf8"));

await compileSchemas(`${root}src/compiled`);
// Built beside the old one and swapped, so that a command that runs meanwhile finds all its parts.
const fresh = `build-${process.pid}`;
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli.ts", index: "src/index.ts", "read-worker": "src/manifest/read-worker.ts" },
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  chunkNames: "chunks/[name]-[hash]",
  define: {
    "process.env.JOBWRIGHT_VERSION": JSON.stringify(version),
    "process.env.JOBWRIGHT_READ_WORKER": JSON.stringify("read-worker.js"),
    "process.env.JOBWRIGHT_REPOSITORY": JSON.stringify(repositoryName(repository)),
  },
  alias: YAML_FOR_BROWSERS,
  // Libraries written as CommonJS ask for `require`; ES modules have none.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  plugins: [undiciSlim],
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});
await writeFile(`${root}${fresh}/licenses.txt`, await licensesOf(Object.keys(metafile.inputs)));
await buildTypes(`${fresh}/types`);
await chmod(`${root}${fresh}/cli.js`, 0o755);
await rm(`${root}build-old`, { recursive: true, force: true });
await rename(`${root}build`, `${root}build-old`).catch(() => undefined);
await rename(`${root}${fresh}`, `${root}build`);
await rm(`${root}build-old`, { recursive: true, force: true });
