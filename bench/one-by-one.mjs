// A plain script that asks for each job by itself, one after the other. URL COUNT.
import { openPlatforms } from "./platforms.mjs";

const [url = "", count = "0"] = process.argv.slice(2);
const platforms = openPlatforms(url, 1);
for (let i = 0; i < Number(count); i++) {
  const n = Math.floor(i / 2);
  if (i % 2 === 0) await platforms.call("nimble", "GET", `/v1/jobs/job_${n + 1}`);
  else await platforms.call("blaxel", "GET", `/v0/jobs/job-${String(n).padStart(6, "0")}`);
}
await platforms.close();
