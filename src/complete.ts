import type { Argument, Command, Option } from "commander";
import type { ValueKind, ValuePlace } from "./commands/completion.ts";
import { collect } from "./options.ts";

/** What may stand where the cursor is. */
export type Expected =
  | { readonly kind: "words"; readonly words: readonly Word[]; readonly prefix: string }
  | { readonly kind: "files" }
  | { readonly kind: "directories" }
  | {
      readonly kind: "values";
      readonly of: ValueKind;
      /** Stands before each value: `--target=`. */
      readonly prefix: string;
      /** From the words before the cursor. */
      readonly place: Pick<ValuePlace, "config" | "environment">;
    };

interface Word {
  readonly word: string;
  readonly about: string;
}

/** What the placeholders of arguments and of flags' values stand for; others cannot be completed. */
const KINDS: Readonly<Record<string, "files" | "directories" | ValueKind>> = {
  paths: "files",
  "plan-or-paths": "files",
  first: "files",
  second: "files",
  file: "files",
  dir: "directories",
  address: "addresses",
  "address/name": "secrets",
  glob: "addresses",
  from: "addresses",
  target: "targets",
  environment: "environments",
  schema: "schemas",
};

/** Words that no shell has to quote; others are not offered, so that nothing is run that was only to be completed. */
const PLAIN_WORD = /^[\p{L}\p{N}@%+,./_-]+$/u;

/**
 * The answer to `jobwright __complete SHELL WORDS...`: a line with the kind, then a line for each word that fits. The
 * last of `words` is the one at the cursor. Bash shows no descriptions, so it gets none. Anything that goes wrong ends
 * in no words: a shell that completes has nowhere to show it.
 */
export async function completions(
  program: Command,
  [shell, ...words]: readonly string[],
  valuesOf: (kind: ValueKind, place: Pick<ValuePlace, "config" | "environment">) => Promise<readonly string[]>,
): Promise<string> {
  const line = shell === "bash" ? joinedFlags(words) : words;
  const expected = expectedAt(program, line);
  if (expected.kind === "files" || expected.kind === "directories") return `:${expected.kind}\n`;
  const found =
    expected.kind === "words" ? expected.words : wordsOf(await valuesOf(expected.of, expected.place).catch(() => []));
  const current = (line.at(-1) ?? "").slice(expected.prefix.length);
  // Bash replaces only what stands after a `=` that it has split the word at.
  const prefix = line.length < words.length ? "" : expected.prefix;
  const lines = found
    .filter(({ word }) => word.startsWith(current))
    .map(({ word, about }) => `${prefix}${word}${shell === "bash" || about === "" ? "" : `\t${about}`}`);
  return `${[":words", ...lines].join("\n")}\n`;
}

function wordsOf(values: readonly string[]): readonly Word[] {
  return values.filter((value) => PLAIN_WORD.test(value)).map((word) => ({ word, about: "" }));
}

/** Bash takes `--target=x` for three words. */
function joinedFlags(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const flag = before !== undefined && /^--./.test(before);
    if (flag && (word === "=" ? !before.includes("=") : before.endsWith("="))) {
      joined[joined.length - 1] = `${before}${word}`;
    } else joined.push(word);
  }
  return joined;
}

/** What the words before the cursor make of the one at it. */
interface Line {
  command: Command;
  /** Arguments of the command so far. */
  given: number;
  /** The flag whose value comes next. */
  pending: Option | undefined;
  /** After `--` there are no flags. */
  plain: boolean;
  readonly used: Set<Option>;
  config?: string;
  environment?: string;
}

/** What may stand at the last of these words, by the commands' own declarations. */
function expectedAt(program: Command, words: readonly string[]): Expected {
  const line: Line = { command: program, given: 0, pending: undefined, plain: false, used: new Set() };
  for (const word of words.slice(0, -1)) take(line, word);
  const current = words.at(-1) ?? "";
  if (line.pending !== undefined) return wordAfter(line, line.pending, "");
  if (!line.plain && current.startsWith("-")) {
    const flag = /^--[^=]*(?==)/.exec(current)?.[0];
    const option = flag === undefined ? undefined : optionOf(line.command, flag);
    if (flag !== undefined) return option === undefined ? NOTHING : wordAfter(line, option, `${flag}=`);
    return { kind: "words", words: flagsOf(line), prefix: "" };
  }
  if (line.given === 0 && line.command.commands.length > 0) {
    return { kind: "words", words: commandsOf(line.command), prefix: "" };
  }
  const { registeredArguments } = line.command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[line.given] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? NOTHING : wordAfter(line, argument, "");
}

const NOTHING: Expected = { kind: "words", words: [], prefix: "" };

function take(line: Line, word: string): void {
  if (line.pending !== undefined) {
    note(line, line.pending, word);
    line.pending = undefined;
    return;
  }
  if (!line.plain && word === "--") line.plain = true;
  else if (!line.plain && word.startsWith("-") && word !== "-") takeFlag(line, word);
  else {
    const next = line.given === 0 ? line.command.commands.find((each) => each.name() === word) : undefined;
    if (next === undefined) line.given++;
    else line.command = next;
  }
}

function takeFlag(line: Line, word: string): void {
  const [flag = "", ...values] = word.split("=");
  const option = optionOf(line.command, flag);
  if (option === undefined) return;
  line.used.add(option);
  if (!option.required) return;
  if (values.length === 0) line.pending = option;
  else note(line, option, values.join("="));
}

function note(line: Line, option: Option, value: string): void {
  if (option.long === "--config") line.config = value;
  if (option.long === "--env") line.environment = value;
}

/** Flags of parents stand anywhere. */
function optionsOf(command: Command): readonly Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function optionOf(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find((option) => option.long === flag || option.short === flag);
}

function flagsOf({ command, used }: Line): readonly Word[] {
  const open = optionsOf(command).filter((option) => !used.has(option) || option.parseArg === collect);
  return open.map(({ long, short, description }) => ({ word: long ?? short ?? "", about: description }));
}

function commandsOf(command: Command): readonly Word[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ word: each.name(), about: each.description() }));
}

function wordAfter({ config, environment }: Line, of: Option | Argument, prefix: string): Expected {
  const { argChoices } = of;
  if (argChoices !== undefined) {
    return { kind: "words", words: wordsOf(argChoices), prefix };
  }
  const kind = KINDS[placeholderOf(of)];
  if (kind === undefined) return NOTHING;
  if (kind === "files" || kind === "directories") return { kind };
  const place = { ...(config === undefined ? {} : { config }), ...(environment === undefined ? {} : { environment }) };
  return { kind: "values", of: kind, prefix, place };
}

/** `file` of `--out <file>`, `paths` of `[paths...]`. */
function placeholderOf(of: Option | Argument): string {
  return "flags" in of ? (/[<[]([^>\]]+)[>\]]/.exec(of.flags)?.[1] ?? "") : of.name();
}
