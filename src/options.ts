import { type Command, InvalidArgumentError, Option } from "commander";
import type { Shard } from "./model/shard.ts";

/** Options that decide what a plan holds. */
export function decisions(command: Command): Command {
  return command
    .option("--prune", "delete owned jobs whose manifest is gone")
    .option("--allow-replace", "allow replacing a job where a field cannot be changed in place")
    .option("--resume", "switch on what was paused by hand")
    .addOption(new Option("--only-cause <cause>", "only what live moved; leaves pending changes").choices(["drift"]))
    .option("--rotate <address/name>", "write this secret again (repeatable)", collect)
    .option("--max-deletes <n>", "allow this many deletes and replaces, this once", parseCount)
    .option("--max-updates <n>", "allow this many updates, this once", parseCount)
    .option("--accept-missing", "many owned jobs may be missing")
    .option("--overwrite-conflicts", "write Git's side where safety.conflicts is refuse")
    .option("--allow-empty", "no manifest is no error");
}

/** Options that write a plan besides printing it. */
export function reports(command: Command): Command {
  return json(command)
    .option("--markdown <file>", "also write it as Markdown")
    .option("--html <file>", "also write it as an HTML page");
}

/** The option that every command has. */
export function json(command: Command): Command {
  return command.option("--json", "answer with one JSON document on stdout");
}

/** Options that narrow a run. */
export function narrowing(command: Command): Command {
  return command
    .option("--target <target>", "only jobs of this target (repeatable)", collect)
    .option("--only <glob>", "only jobs whose address matches (repeatable)", collect)
    .option("--exclude <glob>", "not the jobs whose address matches (repeatable)", collect)
    .option("--changed-since <ref>", "only jobs whose file differs from this commit");
}

/** The option that splits an estate over several runs. */
export function sharding(command: Command): Command {
  return command.option(
    "--shard <i/n>",
    "only the i-th of n parts of the jobs (n alone: i from JOB_COMPLETION_INDEX)",
    parseShard,
  );
}

/** Gathers a repeatable option. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A whole number from 0. */
function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

/** `2/4`: the second of four parts; `4` alone takes its part from `JOB_COMPLETION_INDEX`, which counts from 0. */
function parseShard(value: string): Shard {
  const parts = /^(?:(\d{1,5})\/)?(\d{1,5})$/.exec(value);
  const completion = process.env["JOB_COMPLETION_INDEX"] ?? "";
  const [index, of] = [parts?.[1] ?? (/^\d{1,5}$/.test(completion) ? Number(completion) + 1 : Number.NaN), parts?.[2]];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of) return shard;
  if (parts !== null && parts[1] === undefined && completion === "")
    throw new InvalidArgumentError(`Write I/${value}, or set JOB_COMPLETION_INDEX (from 0).`);
  throw new InvalidArgumentError("Write I/N, with I from 1 to N.");
}

/** A TCP port; 0 is any. */
export function parsePort(value: string): number {
  const port = parseCount(value);
  if (port > 65_535) throw new InvalidArgumentError("It must be at most 65535.");
  return port;
}

/** `500ms`, `30s` or `5m`, in milliseconds. */
export function parseDuration(value: string): number {
  const parts = /^(\d{1,9})(ms|s|m)$/.exec(value);
  const unit = { ms: 1, s: 1000, m: 60_000 }[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) throw new InvalidArgumentError("Write 500ms, 30s or 5m.");
  return Number(parts[1]) * unit;
}
