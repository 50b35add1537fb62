// `npm run hostile [-- READER] [--text NAME]`: what a mebibyte of each kind of trouble costs whoever reads it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundled } from "./bundled.mjs";

await bundled(["test/hostile/measure.ts"], async ({ main }, folder) => {
  const script = join(folder, "main.mjs");
  writeFileSync(
    script,
    `import { main } from "./measure.mjs";
process.exitCode = await main(process.argv[1], process.argv.slice(2));\n`,
  );
  process.exitCode = await main(script, process.argv.slice(2));
});
