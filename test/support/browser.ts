import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium } from "playwright-core";

/** Where systems keep Chromium; `CHROMIUM_PATH` names another one. */
const PLACES = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser that tests use; undefined where there is none. */
export const BROWSER_PATH = PLACES.find((path) => path !== "" && existsSync(path));

/** Says why browser tests are skipped, where they are. */
export function sayWhetherSkipped(): void {
  if (BROWSER_PATH !== undefined) return;
  console.warn(
    "The reports are not tried in a browser: there is no Chromium. Install it (Debian: apt-get install chromium), or name one in CHROMIUM_PATH.",
  );
}

/** Starts the browser. Its sandbox wants rights that containers lack, and it shows our own pages only. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER_PATH ?? "", args: ["--no-sandbox"] });
}

/** The file of the accessibility checker that is put into a page. */
export const AXE_PATH = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
