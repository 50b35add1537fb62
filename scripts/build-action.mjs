// Bundles the GitHub Action into dist/index.cjs, which is checked in: a runner installs nothing.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compileSchemas } from "./compile-schemas.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes `index.cjs` and the licences of what is in it into `outdir` (absolute). The same sources give the same bytes. */
export async function buildAction(outdir) {
  const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
  await compileSchemas(`${root}src/manifest/compiled`);
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
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  await writeFile(join(outdir, "licenses.txt"), await licensesOf(Object.keys(metafile.inputs)));
}

/** The licences of all packages that files of the bundle came from. */
async function licensesOf(files) {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const parts = [];
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
    const file = (await readdir(join(root, folder))).filter((each) => /^licen[cs]e(\.|$)/i.test(each)).sort()[0];
    const text = file === undefined ? "" : await readFile(join(root, folder, file), "utf8");
    parts.push(`${name} ${version} (${license})\n\n${text.replaceAll("\r\n", "\n").trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAction(join(root, "dist"));
