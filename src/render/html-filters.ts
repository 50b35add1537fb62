import { html, type Markup } from "./html-markup.ts";
import { cut } from "./html-text.ts";

/** What the filters know of an item. Not made safe. */
export interface FilterItem {
  /** What happens or how it stands: `update`. */
  readonly what: string;
  readonly target: string;
  readonly causes: readonly string[];
}

/** From so many items on there is something to choose from. */
const FEWEST = 2;

/**
 * The attributes by which the page's script finds an item. Values are chosen from by a word without spaces.
 */
export function itemData({ what, target, causes }: FilterItem): Markup {
  const names = [...new Set(causes)].map(tokenOf).join(" ");
  return html`data-item="" data-what="${tokenOf(what)}" data-target="${tokenOf(target)}" data-cause="${names}"`;
}

const FOLDS = html` <button type="button" data-fold="open">Unfold all</button> <button type="button" data-fold="">Fold all</button>`;

/** How the form is worded, and whether there is something to fold. */
export interface FilterLayout {
  readonly what: string;
  readonly folds: boolean;
}

/** The form that filters; the script shows it. Fields with one choice only are left out. */
export function filterForm(items: readonly FilterItem[], { what: label, folds }: FilterLayout): Markup | undefined {
  if (items.length < FEWEST) return undefined;
  const fields = [
    choice(
      label,
      "what",
      items.map(({ what }) => [what]),
    ),
    choice(
      "Cause",
      "cause",
      items.map(({ causes }) => [...new Set(causes)]),
    ),
    choice(
      "Target",
      "target",
      items.map(({ target }) => [target]),
    ),
  ];
  return html`<form id="filters" class="filters" role="search" aria-label="Jobs" hidden>
<label><span>Search <kbd title="Press / to search, Escape to clear">/</kbd></span> <input type="search" name="text" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"></label>
${fields}<span class="buttons"><button type="reset">Reset</button>${folds ? FOLDS : undefined}</span>
<p id="found" class="soft" role="status"></p>
</form>
`;
}

function choice(label: string, name: string, values: readonly (readonly string[])[]): Markup | undefined {
  const counts = new Map<string, number>();
  for (const value of values.flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
  const lacking = values.some((each) => each.length === 0);
  if (counts.size + (lacking ? 1 : 0) < FEWEST) return undefined;
  const options = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, n]) => html`<option value="${tokenOf(value)}">${cut(value, 60)} (${n})</option>`);
  return html`<label>${label} <select name="${name}"><option value="">all</option>${options}</select></label>
`;
}

/** A number with its name, which the page's script makes a filter where there are items of that name. */
export function pill(n: number, name: string, what: string): Markup {
  return html`<li class="${tokenOf(what)}" data-pick="${tokenOf(what)}"><b>${n}</b> ${name}</li>`;
}

/** Spaces separate values in an attribute. */
function tokenOf(text: string): string {
  return text.replace(/\s+/g, "_");
}
