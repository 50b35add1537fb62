#!/usr/bin/env node
/** The entry point. Loads as little as it can: `--version` must not wait for what it does not need. */

const version = process.env.JOBWRIGHT_VERSION ?? "0.0.0";

if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("./main.ts");
  await main(process.argv, version);
}
