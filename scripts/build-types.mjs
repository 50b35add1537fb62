// Writes the types of the library, from src/index.ts, into a folder: declarations of what can be reached from it alone.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const SPECIFIER = /(\bfrom\s+|\bimport\()"(\.[^"]+)\.ts"/g;

/** `outDir` is relative to the project; `index.d.ts` in it is the entry. */
export async function buildTypes(outDir) {
  const scratch = await mkdtemp(join(root, "build-types-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.types.json", "--outDir", scratch], { cwd: root });
    const texts = await reachable(join(scratch, "src"), "index.d.ts");
    for (const [file, text] of texts) {
      await mkdir(join(root, outDir, dirname(file)), { recursive: true });
      await writeFile(join(root, outDir, file), text);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The declarations that the first one needs, by their path below `folder`. They name each other as the built files are named. */
async function reachable(folder, first) {
  const texts = new Map();
  const queue = [first];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (texts.has(file)) continue;
    const text = await readFile(join(folder, file), "utf8");
    for (const [, , path] of text.matchAll(SPECIFIER)) queue.push(posix.join(posix.dirname(file), `${path}.d.ts`));
    texts.set(file, text.replace(SPECIFIER, '$1"$2.js"'));
  }
  return texts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildTypes("build/types");
