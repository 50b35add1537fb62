import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

/** What GitHub makes of Markdown, before it looks for mentions and references. */
export interface RenderedMarkdown {
  /** All start tags, in order. */
  readonly tags: readonly { readonly name: string; readonly attributes: string }[];
  /** The text that is shown, all of it. */
  readonly text: string;
  /** The text in which GitHub looks for `@somebody`, `#7` and addresses: none of code, links and quoted blocks. */
  readonly live: string;
}

/** Renders GitHub's dialect. HTML that the Markdown holds comes through as it is, so that nothing is overlooked. */
export function renderGfm(markdown: string): RenderedMarkdown {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  }).replace(/<!--[\s\S]*?-->/g, "");
  const tags = [...html.matchAll(/<([a-z][\w-]*)((?:\s[^>]*)?)>/gi)].map(([, name = "", attributes = ""]) => ({
    name: name.toLowerCase(),
    attributes: attributes.trim(),
  }));
  const textOf = (part: string): string => decoded(part.replace(/<\/?[a-z][^>]*>/gi, ""));
  return { tags, text: textOf(html), live: textOf(html.replace(/<(code|pre|a)\b[\s\S]*?<\/\1>/gi, " ")) };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&", nbsp: "\u00a0" };

/** Raw HTML keeps the entities that it was written with. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code === undefined ? (ENTITIES[name] ?? all) : String.fromCodePoint(Number(code)),
  );
}

/** Tags that our own reports use. */
const OURS = new Set([
  ...["h3", "p", "strong", "em", "b", "sub", "br", "blockquote", "ul", "ol", "li"],
  ...["table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "pre", "a"],
]);

/** What acts in a Markdown that should hold nothing but our own markup; `links` begins every address that is ours. */
export function actingIn(markdown: string, links = "https://github.test/o/r/"): readonly string[] {
  const { tags, live } = renderGfm(markdown);
  const strange = tags.filter(({ name, attributes }) => {
    if (!OURS.has(name)) return true;
    if (name === "a") return !/^href="[^"]*"$/.test(attributes) || !attributes.startsWith(`href="${links}`);
    if (name === "details") return !["", "open", 'open=""'].includes(attributes);
    return attributes !== "" && !/^(class="language-(diff|http)"|align="\w+")$/.test(attributes);
  });
  return [
    ...strange.map(({ name, attributes }) => `<${name} ${attributes}>`),
    ...(live.match(/(?<![\w`])@[a-z\d][\w-]*(\/[\w-]+)?/gi) ?? []),
    ...(live.match(/(?<![\w&])(#|GH-)\d+/gi) ?? []),
    ...(live.match(/(https?:\/\/|www\.)\w\S*/gi) ?? []),
  ];
}
