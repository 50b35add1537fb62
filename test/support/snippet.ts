import type { Range } from "vscode-languageserver-protocol/node.js";

/**
 * A text with an LSP snippet put in place of a range, as VS Code does it: further lines are indented like the one that
 * it stands in. Placeholders become their defaults, choices their first word, other tab stops nothing.
 */
export function insertSnippet(text: string, { start, end }: Range, snippet: string): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: Range["start"]): number =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  const indent = /^[ \t]*/.exec(lines[start.line]?.slice(0, start.character) ?? "")?.[0] ?? "";
  const inserted = expandSnippet(snippet).replaceAll("\n", `\n${indent}`);
  return text.slice(0, offset(start)) + inserted + text.slice(offset(end));
}

/** The text of a snippet whose placeholders nobody fills in. */
function expandSnippet(snippet: string): string {
  return expanded(snippet, 0, "").text;
}

/** Reads until `end` stands there by itself; answers how far it came. */
function expanded(snippet: string, from: number, end: "" | "}"): { readonly text: string; readonly next: number } {
  let text = "";
  let at = from;
  while (at < snippet.length && (end === "" || snippet[at] !== end)) {
    const rest = snippet.slice(at);
    const escaped = /^\\([$}\\])/.exec(rest);
    const choice = /^\$\{\d+\|([^,|]*)[^|]*\|\}/.exec(rest);
    const stop = /^\$(?:\d+|\{\d+\})/.exec(rest);
    const placeholder = /^\$\{\d+:/.exec(rest);
    if (escaped !== null || choice !== null) {
      text += escaped?.[1] ?? choice?.[1] ?? "";
      at += (escaped ?? choice)?.[0].length ?? 0;
    } else if (stop !== null) at += stop[0].length;
    else if (placeholder !== null) {
      const inner = expanded(snippet, at + placeholder[0].length, "}");
      text += inner.text;
      at = inner.next + 1;
    } else text += snippet[at++];
  }
  return { text, next: at };
}
