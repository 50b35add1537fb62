// Lets `npx jobwright` find this checkout's own build: npm makes such links for dependencies only. Where links cannot be
// made (Windows without the right to), npx installs the checkout into its cache instead, which is slower.
import { rm, stat, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../node_modules/.bin/", import.meta.url));
if (process.platform !== "win32" && (await stat(bin).catch(() => undefined))) {
  await rm(`${bin}jobwright`, { force: true });
  await symlink("../../build/cli.js", `${bin}jobwright`);
}
