// `npm run sim -- --seeds N --from S [--json F] [--brief]`: plays seeds of the simulation and tells what came of them;
// `--seed N` tells everything that happens in one.
import { bundled } from "./bundled.mjs";

await bundled(["test/sim/main.ts"], async ({ main }) => {
  process.exitCode = await main(process.argv.slice(2));
});
