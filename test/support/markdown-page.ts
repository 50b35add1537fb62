/** A fenced block of a page. */
export interface Fence {
  readonly kind: "fence";
  /** The first word behind the backquotes; "" where there is none. */
  readonly language: string;
  /** Without the fence's own indentation. */
  readonly lines: readonly string[];
  /** Index of the opening line; line numbers for people are one more. */
  readonly start: number;
  /** Index of the closing line. */
  readonly end: number;
  readonly indent: string;
}

/** A comment `<!-- run: demo -->`: seen by the tests alone. */
export interface Directive {
  readonly kind: "directive";
  readonly name: string;
  readonly value: string;
  readonly start: number;
}

/** Fences and directives of a page in their order. Throws where a fence is not closed. */
export function partsOf(page: string): readonly (Fence | Directive)[] {
  const lines = page.split("\n");
  const parts: (Fence | Directive)[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const directive = /^\s*<!-- ([a-z]+): (.+) -->$/.exec(line);
    if (directive !== null)
      parts.push({ kind: "directive", name: directive[1] ?? "", value: directive[2] ?? "", start: at });
    const opening = /^(\s*)(`{3,})(\w*)/.exec(line);
    if (opening === null) continue;
    const [, indent = "", mark = "", language = ""] = opening;
    const end = lines.findIndex((each, index) => index > at && each.trimEnd() === `${indent}${mark}`);
    if (end < 0) throw new Error(`line ${at + 1}: the fence is not closed`);
    const inner = lines.slice(at + 1, end).map((each) => (each.startsWith(indent) ? each.slice(indent.length) : each));
    parts.push({ kind: "fence", language, lines: inner, start: at, end, indent });
    at = end;
  }
  return parts;
}

/** The fences of a page. */
export function fencesOf(page: string): readonly Fence[] {
  return partsOf(page).filter((part) => part.kind === "fence");
}

/** A page's lines outside fences, without code spans and comments. */
export function proseOf(page: string): string {
  const lines = page.split("\n");
  for (const { start, end } of fencesOf(page)) lines.fill("", start, end + 1);
  return lines.join("\n").replace(/<!--[\s\S]*?-->/g, "");
}

/** The anchors that GitHub makes of a page's headings; of equal ones the later have a number behind. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseOf(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = ""]) => {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/<[^>]*>/g, (tag) => tag);
    const plain = text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "");
    const slug = plain.replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
}

/** Where a page's links lead, as written, images included; not those in code. */
export function linksOf(page: string): readonly string[] {
  const prose = proseOf(page).replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to);
}
