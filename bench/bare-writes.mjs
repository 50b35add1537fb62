// The requests of an apply that changes every job, and nothing else: all lists, a read and a write for each job (8 at a
// time on each platform), all lists again. URL HOUR.
import { eachOf, openPlatforms } from "./platforms.mjs";

const [url = "", hour = "0"] = process.argv.slice(2);
const AT_ONCE = 8;
const platforms = openPlatforms(url, AT_ONCE);
const [nimble, blaxel] = await Promise.all([platforms.nimbleJobs(), platforms.blaxelJobs()]);
await Promise.all([
  eachOf(nimble, AT_ONCE, async ({ id }) => {
    const { schedule } = await platforms.call("nimble", "GET", `/v1/jobs/${id}`);
    const body = { schedule: { ...schedule, cron: moved(schedule.cron) } };
    await platforms.call("nimble", "PATCH", `/v1/jobs/${id}`, body);
  }),
  eachOf(blaxel, AT_ONCE, async ({ metadata: { name } }) => {
    const job = await platforms.call("blaxel", "GET", `/v0/jobs/${name}`);
    const [trigger] = job.spec.triggers;
    trigger.configuration.schedule = moved(trigger.configuration.schedule);
    for (const env of job.spec.runtime.envs) if (env.secret) env.value = "a-token-of-the-benchmark";
    await platforms.call("blaxel", "PUT", `/v0/jobs/${name}`, { metadata: job.metadata, spec: job.spec });
  }),
]);
await Promise.all([platforms.nimbleJobs(), platforms.blaxelJobs()]);
await platforms.close();

function moved(cron) {
  const [minute] = cron.split(" ");
  return `${minute} ${hour} * * *`;
}
