import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { READERS } from "./large-readers.ts";

/** What one text cost. */
interface Cost {
  /** Of the processor, in milliseconds. */
  readonly cpu: number;
  /** What memory grew by, in MiB. */
  readonly memory: number;
  readonly told: string;
}

const SLOW_MS = 1000;
const LARGE_MIB = 200;

/**
 * `npm run hostile [-- READER] [--text NAME]`: reads a mebibyte of each kind of trouble, each in a process of its own, and
 * tells what it costs; what is over a second or 200 MiB is marked. Exit code 1 where a process ends in any other way
 * than by answering.
 */
export function main(script: string, args: readonly string[]): Promise<number> | number {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { text: { type: "string" }, one: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [only] = positionals;
  if (values.one && only !== undefined && values.text !== undefined) return measureHere(only, values.text);
  let broken = 0;
  for (const [name, { texts }] of Object.entries(READERS)) {
    if (only !== undefined && name !== only) continue;
    for (const text of Object.keys(texts)) {
      if (values.text !== undefined && text !== values.text) continue;
      const child = spawnSync(process.execPath, [script, name, "--text", text, "--one"], {
        encoding: "utf8",
        timeout: 120_000,
        maxBuffer: 64 * 1024 * 1024,
      });
      broken += child.status === 0 ? 0 : 1;
      console.log(child.status === 0 ? row(name, text, JSON.parse(child.stdout) as Cost) : ended(name, text, child));
    }
  }
  return broken === 0 ? 0 : 1;
}

async function measureHere(name: string, text: string): Promise<number> {
  const { texts, read } = READERS[name] ?? {};
  const made = texts?.[text]?.();
  if (made === undefined || read === undefined) throw new Error(`there is no ${name}: ${text}`);
  const bytes = Buffer.from(made);
  const before = process.resourceUsage().maxRSS;
  const started = process.cpuUsage();
  const told = await read(bytes);
  const { user, system } = process.cpuUsage(started);
  const memory = Math.round((process.resourceUsage().maxRSS - before) / 1024);
  const cost: Cost = { cpu: Math.round((user + system) / 1000), memory, told: `${told.length} characters: ${told}` };
  console.log(JSON.stringify({ ...cost, told: cost.told.slice(0, 110).replaceAll("\n", " | ") }));
  return 0;
}

function row(name: string, text: string, { cpu, memory, told }: Cost): string {
  const mark = cpu > SLOW_MS || memory > LARGE_MIB ? "!" : " ";
  return `${mark} ${String(cpu).padStart(5)} ms ${String(memory).padStart(4)} MiB  ${`${name}: ${text}`.padEnd(52)} ${told}`;
}

function ended(name: string, text: string, child: { readonly status: number | null; readonly stderr: string }): string {
  return `! ENDED with ${child.status ?? "a signal"}  ${name}: ${text}\n${child.stderr.slice(-2000)}`;
}
