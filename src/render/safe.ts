import stringWidth from "string-width";

/**
 * Strings from outside (job names, values, API errors, file names) before they are shown. What *acts* instead of
 * showing becomes a visible escape: control characters, direction marks, invisible fillers, line separators, lone
 * surrogates. Joiners and variation selectors stay where scripts and emoji need them: after a non-ASCII character.
 */
const ACTING = /(?!(?<=[^\x00-\x7f])(?:\u200c|\u200d|[\ufe00-\ufe0f]))[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu;

/** More marks on one character than any script uses: they cost no width but cover the lines around them. */
const MARK_PILE = /((?:\p{M}|\u200c|\u200d){8})((?:\p{M}|\u200c|\u200d)+)/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** Everything that acts made visible; one line whatever goes in. Nothing else is changed. */
export function visible(text: string): string {
  return text
    .replace(MARK_PILE, (_all, kept: string, rest: string) => `${kept}(+${rest.length} marks)`)
    .replace(ACTING, escapeCharacter);
}

/**
 * Breaks what a CI runner would take for a command in one line of a log: `::name` where the line begins with it,
 * `##[name]` anywhere. A backslash is put in, so that the reader sees that something stood there and what; an
 * invisible character would hide it and would be carried along when the text is copied.
 */
export function breakCommands(line: string): string {
  // .NET, which the runner is written in, trims U+0085 too.
  return line.replace(/##(\w*)\[/g, "##$1\\[").replace(/^([\s\u0085]*)::/, "$1\\::");
}

/** For terminals and logs: one line, nothing in it acts, neither on the terminal nor on a CI runner. */
export function safeText(text: string): string {
  return breakCommands(visible(text));
}

/**
 * JSON of a value, in which nothing acts on a terminal or a CI runner: such characters stand escaped, as JSON has it, so that
 * it says the same. No line begins with what comes from outside.
 */
export function safeJson(value: unknown, indent = 0): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent)
    .replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => character.split("").map(escaped).join(""))
    .replace(/##(\w*)\[/g, "##$1\\u005b");
}

/** Like {@link safeText} for source lines under which a caret stands: one column for each UTF-16 unit stays one. */
export function safeFrameLine(line: string, substitute: string): string {
  const shown = line.replace(MARK_PILE, (all) => substitute.repeat(all.length));
  return breakCommands(shown.replaceAll("\t", " ").replace(ACTING, (c) => substitute.repeat(c.length)));
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** For HTML text and quoted attributes. Runner commands are broken by entities, which a browser shows as they were. */
export function safeHtml(text: string): string {
  return visible(text)
    .replace(/[&<>"'`]/g, (c) => HTML_ENTITIES[c] ?? c)
    .replace(/##(\w*)\[/g, "##$1&#91;")
    .replace(/^(\s*)::/, "$1&#58;:");
}

/**
 * For Markdown prose outside of fences and code spans (GitHub's dialect): no markup, HTML, link, picture, heading or
 * formula. Mentions and references are looked for in the rendered text, where no escape is left to stop them, so a
 * zero-width space stands after `@`, before a number after `#` or `GH-`, and in web addresses.
 */
export function safeMarkdown(text: string): string {
  return safeText(text)
    .replace(/[\\`*_[\]|~$!()]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/(#|\bGH-)(?=\d)/gi, "$1&#8203;")
    .replace(/@/g, "@&#8203;")
    .replace(/:\/\//g, ":&#8203;//")
    .replace(/\bwww\./gi, "www&#8203;.")
    .replace(/^(\s*)([#+=:-]|\d+(?=\.))/, (_all, space: string, first: string) =>
      /\d/.test(first) ? `${space}${first}&#8203;` : `${space}\\${first}`,
    );
}

/**
 * A string as inline code in Markdown, also in table cells and in HTML blocks' `<summary>`: plain backticks are not
 * used, since what stands between them and a `|` in a table differ from reader to reader. To Markdown this is no code,
 * so what looks like an address is broken up; an e-mail address, which is looked for in the rendered text, by a
 * zero-width space.
 */
export function codeMarkdown(text: string): string {
  const escaped = visible(text)
    .replace(/(?<=[\w.+-])@(?=[\w-])/g, "@\u200b")
    .replace(/[^\w\s./:,-]/g, (c) => (c.charCodeAt(0) < 0x80 ? `&#${c.charCodeAt(0)};` : c))
    .replaceAll("\u200b", "&#8203;")
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "&#95;")
    .replace(/:\/\//g, "&#58;//")
    .replace(/\b(www)\./gi, "$1&#46;");
  return `<code>${escaped}</code>`;
}

/** A fenced block, its fence longer than any run of backticks inside. The text keeps its line ends, nothing else acts. */
export function fence(text: string, language = ""): string {
  const lines = text.split(/\r\n|[\r\n]/).map(safeText);
  const longest = Math.max(2, ...[...lines.join("\n").matchAll(/`+/g)].map((run) => run[0].length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${lines.join("\n")}\n${marks}`;
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** No emoji is longer than this, in UTF-16 units. */
const LONGEST_GRAPHEME = 24;

/** ASCII and our own drawn characters: one column each. */
const PLAIN = /^[\x20-\x7e→…✓✗·]*$/;

/** How many terminal columns a safe string takes. */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** Whether a safe string takes at most so many columns. Quick also where it is a megabyte. */
export function fitsIn(text: string, width: number): boolean {
  return text.length <= Math.max(0, width) * LONGEST_GRAPHEME && widthOf(text) <= width;
}

/**
 * A string cut to so many terminal columns, with a note of how much is missing: `abc… (+120 characters)`. What fits
 * comes back as it is. Never splits a character; the note counts UTF-16 units.
 */
export function cutText(text: string, width: number, ellipsis = "…"): string {
  if (fitsIn(text, width) && !hasPile(text)) return text;
  const window = text.slice(0, (width + 1) * LONGEST_GRAPHEME);
  const room = Math.max(1, width - `${ellipsis} (+${text.length} characters)`.length);
  let kept = "";
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(window)) {
    used += Math.max(widthOf(segment), segment.length > LONGEST_GRAPHEME ? width : 0);
    if (used > room) break;
    kept += segment;
  }
  return `${kept}${ellipsis} (+${text.length - kept.length} characters)`;
}

function hasPile(text: string): boolean {
  MARK_PILE.lastIndex = 0;
  return MARK_PILE.test(text);
}
