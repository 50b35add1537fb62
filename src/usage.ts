import type { Command, CommanderError } from "commander";
import { closest } from "./manifest/suggest.ts";

/** A command line that could not be understood. */
export interface UsageProblem {
  /** One line. */
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a command line, with what was probably meant and where help is. `words` are those after the program. */
export function usageProblem(error: CommanderError, program: Command, words: readonly string[]): UsageProblem {
  const command = commandIn(program, words);
  const [message = "", ...suggested] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = suggested.map((line) => line.replace(/^\((.*)\)$/, "$1")).join(" ");
  const meant =
    suggestion ||
    choiceMeant(message) ||
    placeOfFlag(program, command, message) ||
    flagMeant(program, command, message);
  const help = `\`jobwright ${[...namesOf(command), "--help"].join(" ")}\` tells what there is.`;
  return { message, hint: meant === "" ? help : `${meant} ${help}` };
}

/** The command that the words name, as far as they do. */
function commandIn(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) command = command.commands.find((each) => each.name() === word) ?? command;
  return command;
}

function namesOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...namesOf(command.parent), command.name()];
}

/** Of a value that is none of the choices, the nearest. */
function choiceMeant(message: string): string {
  const [, written = "", choices = ""] = /'([^']*)' is invalid.*Allowed choices are (.*)\.$/.exec(message) ?? [];
  const near = closest(written, choices.split(", "));
  return near === undefined ? "" : `Did you mean ${near}?`;
}

/** Of a flag that there is not, one that it begins with or that begins with it: `--environment` is `--env`. */
function flagMeant(program: Command, command: Command, message: string): string {
  const flag = /^unknown option '(--[^'=]{3,})/.exec(message)?.[1];
  if (flag === undefined) return "";
  const known = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);
  const near = known.filter((long) => flag.startsWith(long) || long.startsWith(flag));
  return near.length === 0 ? "" : `Did you mean ${near.join(" or ")}?`;
}

/** Flags stand after the command whose they are. */
function placeOfFlag(program: Command, command: Command, message: string): string {
  const flag = /^unknown option '([^']*)'/.exec(message)?.[1];
  if (flag === undefined) return "";
  const all = program.commands.flatMap((each) => [each, ...each.commands]);
  const owners = all.filter(({ options }) => options.some(({ long, short }) => long === flag || short === flag));
  if (owners.length === 0) return "";
  if (command === program) return `Write ${flag} after the command.`;
  if (owners.includes(command)) return `Write ${flag} after ${namesOf(command).join(" ")}.`;
  const names = owners.slice(0, 3).map((owner) => namesOf(owner).join(" "));
  return `${flag} is a flag of ${names.join(", ")}${owners.length > 3 ? " and others" : ""}.`;
}
