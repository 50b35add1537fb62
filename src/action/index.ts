import { main } from "./main.ts";

/** The bundle's entry: what `runs.main` of action.yml names. */
void main(process.env, process.env["JOBWRIGHT_VERSION"] ?? "0.0.0").then((code) => {
  process.exitCode = code;
});
