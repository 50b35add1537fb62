// Plans, holds the plan against a rule of our own, applies it as planned, and proves that nothing is left to do.
import { apply, drift, InvalidInputError, loadProject, plan, RefusedError } from "jobwright";

const project = await loadProject({
  cwd: import.meta.dirname,
  sandbox: true, // no account, no key, no network; leave it out to reach the platforms
  log: (line) => console.error(line),
});
for (const { severity, code, message, file, line } of project.diagnostics) {
  console.error(`${file}:${line}: ${severity} ${code} ${message}`);
}

try {
  const planned = await plan(project, { prune: true });
  console.log(`${planned.document.actions.length} of ${project.jobs.length} jobs are to be changed`);

  const toDelete = planned.document.actions.filter(({ action }) => action === "delete");
  if (toDelete.length > 0) throw new Error("our rule: nothing is deleted on a weekend");

  const { document, ok } = await apply(project, {
    plan: planned.document,
    onEvent: ({ address, state, result }) => console.log(`${address} ${state} ${result?.status ?? ""}`.trim()),
  });
  const failed = document.actions.filter(({ result }) => result?.status !== "applied");
  for (const { address, result } of failed) console.error(`${address}: ${result?.reason} ${result?.error?.message}`);

  const { drifted } = await drift(project);
  console.log(ok && !drifted ? "all is as declared" : "something is left to do");
  process.exitCode = ok && !drifted ? 0 : 1;
} catch (error) {
  if (error instanceof InvalidInputError) console.error(`${error.diagnostics.length} problems; nothing was sent`);
  else if (error instanceof RefusedError) console.error(error.refusals.map(({ message }) => message).join("\n"));
  else throw error;
  process.exitCode = 1;
}
