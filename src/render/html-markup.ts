import { safeHtml } from "./safe.ts";

/** HTML that is known to be well-formed and escaped. Only {@link html} makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: strings are escaped, lists joined, nothing is left out where undefined stands. */
export type Hole = string | number | Markup | undefined | readonly Hole[];

/**
 * A template of HTML whose holes are escaped, so that no string can become a tag, an attribute or a command by being
 * forgotten. Attributes are to be written in double quotes.
 */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  const texts = parts.flatMap((part, at) => [part, at < holes.length ? holeText(holes[at]) : ""]);
  return new Markup(texts.join(""));
}

function holeText(hole: Hole): string {
  if (hole === undefined) return "";
  if (hole instanceof Markup) return hole.text;
  if (typeof hole === "number") return String(hole);
  return typeof hole === "string" ? safeHtml(hole) : hole.map(holeText).join("");
}
