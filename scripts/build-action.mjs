// Bundles the GitHub Action into dist/index.cjs, which is checked in: a runner installs nothing.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compileSchemas } from "./compile-schemas.mjs";
import { licensesOf } from "./licenses.mjs";
import { YAML_FOR_BROWSERS } from "./yaml-alias.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes `index.cjs` and the licences of what is in it into `outdir` (absolute). The same sources give the same bytes. */
export async function buildAction(outdir) {
  const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
  await compileSchemas(`${root}src/compiled`);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: "src/action/index.ts" },
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    // CommonJS has no import.meta.
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: {
      "import.meta.url": "__importMetaUrl",
      "process.env.JOBWRIGHT_VERSION": JSON.stringify(version),
    },
    alias: YAML_FOR_BROWSERS,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  await writeFile(join(outdir, "licenses.txt"), await licensesOf(Object.keys(metafile.inputs)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAction(join(root, "dist"));
