// The least that a plan has to do: parse the same files with `yaml`, fetch the same pages with `undici`. FOLDER URL.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { openPlatforms } from "./platforms.mjs";

const [folder = "", url = ""] = process.argv.slice(2);
const platforms = openPlatforms(url);
const listed = Promise.all([platforms.nimbleJobs(), platforms.blaxelJobs()]);
const manifests = [];
for (const entry of readdirSync(join(folder, "jobs"), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
  for (const document of parseAllDocuments(text)) manifests.push(document.toJS());
}
const jobs = (await listed).flat();
await platforms.close();
if (jobs.length !== manifests.length) throw new Error(`${manifests.length} manifests, ${jobs.length} live jobs`);
