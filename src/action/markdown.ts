import type { Diagnostic } from "../model/diagnostic.ts";
import { withoutRepeats } from "../render/repeats.ts";
import { cutText, fence, safeMarkdown, visible } from "../render/safe.ts";
import { counted, PLAIN_STYLE } from "../render/style.ts";
import type { RunEvent } from "./event.ts";
import type { Step } from "./step.ts";

/** Known secrets out of a text that is made for people. */
export function redactedMarkdown({ shell }: Step, text: string): string {
  return shell.redactor.text(text);
}

/** A message that may hold strings from outside, as prose. */
export function prose(text: string, most = 1000): string {
  return safeMarkdown(cutText(visible(text.slice(0, 100_000)), most));
}

/** `### jobwright plan: prod`. */
export function heading(what: string, title: string): string {
  return `### jobwright ${what}${title === "" ? "" : `: ${prose(title, 100)}`}`;
}

/** A link to the run, or where its address is not known just the words. */
export function runLink(event: RunEvent, words: string): string {
  return event.runUrl === "" ? words : `[${words}](${event.runUrl})`;
}

/** Where a line of a manifest is shown; undefined where that is not known. Nothing in it acts in HTML or Markdown. */
export function placeUrl({ filesUrl }: RunEvent, root: string, file: string, line?: number): string | undefined {
  if (filesUrl === "") return undefined;
  const path = [...(root === "" ? [] : root.split("/")), ...file.split("/")];
  const url = path.map((part) => encodeURIComponent(part).replace(/[!'()*]/g, hexOf)).join("/");
  return `${filesUrl}${url}${line === undefined ? "" : `#L${line}`}`;
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

const MOST_DIAGNOSTICS = 100;

/** Tells where a line of a file is shown. */
type UrlOf = (file: string, line?: number) => string | undefined;

/** Problems as a list, errors first, so many of them; where there are more, the first few of those that say the same. */
export function diagnosticList(diagnostics: readonly Diagnostic[], urlOf: UrlOf = () => undefined): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const sorted = [...errors, ...diagnostics.filter(({ severity }) => severity !== "error")];
  const room = sorted.length <= MOST_DIAGNOSTICS;
  const told = withoutRepeats(sorted, { ...PLAIN_STYLE, detailed: room });
  const lines = told.slice(0, MOST_DIAGNOSTICS).map(({ item, like }) => {
    const files = new Set(like.flatMap(({ file }) => file ?? [])).size;
    const more = like.length === 0 ? "" : `<br>and ${like.length} more like it, in ${counted(files, "file")}`;
    return `- **${item.severity}** ${diagnosticLine(item, urlOf)}${more}`;
  });
  const left = told.slice(MOST_DIAGNOSTICS).reduce((count, { like }) => count + 1 + like.length, 0);
  return [...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join("\n");
}

/** `JW1211 ([jobs/a.yaml:3](...)): what is wrong`, and what to do in a line of its own. */
export function diagnosticLine({ code, message, file, line, hint = "" }: Diagnostic, urlOf: UrlOf): string {
  const url = file === undefined ? undefined : urlOf(file, line);
  const at = file === undefined ? "" : prose(`${file}${line === undefined ? "" : `:${line}`}`, 200);
  const place = at === "" ? "" : ` (${url === undefined ? at : `[${at}](${url})`})`;
  return `${code}${place}: ${prose(message, 300)}${hint === "" ? "" : `<br>${prose(hint, 300)}`}`;
}

/** Lines of text in a fence, cut at so many characters. */
export function fenced(text: string, most: number, language = ""): string {
  const cut = text.length <= most ? text : `${text.slice(0, text.lastIndexOf("\n", most))}\n... (cut)`;
  return fence(cut.trimEnd(), language);
}

/** Markdown parts, an empty line between them, as many whole lines of each as fit; parts that hold a fence stay whole or go. */
export function fitParts(parts: readonly string[], limit: number): string {
  const note = "_Cut for length; the run's summary has more._";
  const kept: string[] = [];
  let room = limit - note.length - 4;
  let cut = false;
  for (const part of parts) {
    if (part.length + 2 <= room) kept.push(part);
    else {
      cut = true;
      const end = part.lastIndexOf("\n", room - 2);
      if (!part.includes("```") && end > 0) kept.push(part.slice(0, end));
    }
    room = limit - note.length - 4 - kept.join("\n\n").length;
  }
  return `${[...kept, ...(cut ? [note] : [])].join("\n\n")}\n`;
}
