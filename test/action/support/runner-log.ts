/** A command that a runner found in a step's log. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** What a runner makes of a step's log. */
export interface RunnerLog {
  readonly commands: readonly RunnerCommand[];
  /** Lines that are no commands, with what was masked by then as `***`. */
  readonly lines: readonly string[];
  readonly masks: readonly string[];
}

/** The commands that runners know; others are printed as they are. */
const KNOWN = new Set([
  ...["add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path"],
  ...["notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"],
]);

/**
 * Reads a log as the runner does: lines end at CR, LF or both; `::name props::data` counts where a line, less the space
 * before it, begins with it; the older `##[name props]data` counts anywhere in a line; after stop-commands only the
 * token is looked for.
 */
export function readLog(text: string): RunnerLog {
  const commands: RunnerCommand[] = [];
  const lines: string[] = [];
  const masks: string[] = [];
  let token: string | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const command = parseNew(line) ?? parseOld(line);
    if (token !== undefined) {
      if (command?.name === token) token = undefined;
      else lines.push(masked(line, masks));
      continue;
    }
    if (command === undefined || !KNOWN.has(command.name)) {
      lines.push(masked(line, masks));
      continue;
    }
    commands.push(command);
    if (command.name === "add-mask") masks.push(command.data);
    if (command.name === "stop-commands") token = command.data;
  }
  return { commands, lines, masks };
}

function masked(line: string, masks: readonly string[]): string {
  return masks.filter((mask) => mask !== "").reduce((text, mask) => text.replaceAll(mask, "***"), line);
}

function parseNew(line: string): RunnerCommand | undefined {
  const text = line.replace(/^[\s\u0085]+/u, "");
  if (!text.startsWith("::")) return undefined;
  const end = text.indexOf("::", 2);
  if (end < 0) return undefined;
  const [, name = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text.slice(2, end)) ?? [];
  const properties = rest
    .split(",")
    .filter((part) => part.includes("="))
    .map((part) => [part.slice(0, part.indexOf("=")).trim(), property(part.slice(part.indexOf("=") + 1))] as const);
  return { name, properties: Object.fromEntries(properties), data: unescaped(text.slice(end + 2)) };
}

function parseOld(line: string): RunnerCommand | undefined {
  const start = line.indexOf("##[");
  const end = line.indexOf("]", start);
  if (start < 0 || end < 0) return undefined;
  const [name = ""] = line.slice(start + 3, end).split(" ");
  return { name, properties: {}, data: line.slice(end + 1) };
}

function property(text: string): string {
  return unescaped(text.replaceAll("%3A", ":").replaceAll("%2C", ","));
}

function unescaped(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

/** What a runner reads of a GITHUB_OUTPUT file. Throws for what it refuses. */
export function readOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: [string, string][] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc === null) {
      const equals = line.indexOf("=");
      if (equals < 1) throw new Error(`not an output: ${line}`);
      outputs.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    const end = lines.indexOf(heredoc[2] ?? "", at + 1);
    if (end < 0) throw new Error(`no end: ${line}`);
    outputs.push([heredoc[1] ?? "", lines.slice(at + 1, end).join("\n")]);
    at = end;
  }
  return Object.fromEntries(outputs);
}
