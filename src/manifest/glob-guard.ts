/** Why a glob of the config is refused. */
export interface GlobProblem {
  readonly message: string;
  readonly hint: string;
}

const MOST_GROUPS = 4;
const MOST_CHOICES = 64;

/** Checks a glob before it is used: it must stay inside of the project, and mean what it would mean elsewhere. */
export function checkGlob(pattern: string): GlobProblem | undefined {
  if (/^(?:[/\\]|[A-Za-z]:|~)/.test(pattern)) {
    return { message: "the glob is absolute", hint: "Globs are relative to the folder of the config." };
  }
  if (pattern.includes("..")) return { message: 'the glob holds ".."', hint: "Manifests lie inside of the project." };
  if (pattern.includes("\\")) return { message: "the glob holds a backslash", hint: "Write folders with /." };
  if (pattern.startsWith("!"))
    return { message: 'the glob begins with "!"', hint: "Write it, without !, under exclude." };
  if (/[?*+@!]\(|\|/.test(pattern)) {
    return {
      message: "the glob holds a group such as +(...), which is not supported",
      hint: "Use *, **, ?, [...] and {a,b}.",
    };
  }
  if (/[\x00-\x1f\x7f]/.test(pattern)) return { message: "the glob holds a control character", hint: "Remove it." };
  return checkBraces(pattern);
}

function checkBraces(pattern: string): GlobProblem | undefined {
  const groups = pattern.match(/\{[^{}]*\}/g) ?? [];
  const rest = pattern.replace(/\{[^{}]*\}/g, "");
  if (/[{}]/.test(rest))
    return { message: "the braces of the glob are nested or not closed", hint: "Write {a,b}, or two globs." };
  const choices = groups.reduce((product, group) => product * group.split(",").length, 1);
  if (groups.length <= MOST_GROUPS && choices <= MOST_CHOICES) return undefined;
  return { message: "the glob has too many choices in braces", hint: `At most ${MOST_CHOICES}; write several globs.` };
}
