import type { ChangeView } from "./change-view.ts";
import { html, type Markup } from "./html-markup.ts";
import type { DiffLine } from "./line-diff.ts";
import type { ReportKind } from "./report.ts";
import { cutText } from "./safe.ts";
import type { Voice } from "./voice.ts";

const LONGEST_VALUE = 4000;

/** One line of a change: what is on the left and on the right. Strings are safe; the template escapes them. */
interface Pair {
  readonly left?: Markup;
  readonly right?: Markup;
  /** Both sides are one line, which stays. */
  readonly same?: true;
  /** What stands across both sides. */
  readonly both?: Markup;
}

const SIDES: Readonly<Record<ReportKind, readonly [string, string]>> = {
  plan: ["live now", "after apply"],
  drift: ["in Git", "live"],
};

/** The changes of a job side by side; one column of values where there is nothing on the left. */
export function diffTable(changes: readonly ChangeView[], kind: ReportKind, voice: Voice): Markup | undefined {
  if (changes.length === 0) return undefined;
  const rows = changes.map((view) => ({ view, pairs: pairsOf(view, kind) }));
  const single = rows.every(({ pairs }) => pairs.every(({ left }) => left === undefined));
  const [left, right] = SIDES[kind];
  const heads = single
    ? html`<th scope="col">value</th>`
    : html`<th scope="col">${left}</th><th scope="col">${right}</th>`;
  return html`<table class="diff${single ? " single" : ""}"><thead><tr><th scope="col">field</th>${heads}</tr></thead>
${rows.map(({ view, pairs }) => changeBody(view, pairs, single, voice))}</table>
`;
}

function changeBody(view: ChangeView, pairs: readonly Pair[], single: boolean, voice: Voice): Markup {
  const label = voice.cause(view.cause);
  const notes = [...notesOf(view, voice), ...view.words];
  const [first, ...rest] = [
    ...pairs.map((pair) => cells(pair, single)),
    ...notes.map((note) => html`<td class="note soft" colspan="${single ? 1 : 2}">${note}</td>`),
  ];
  const span = rest.length === 0 ? undefined : html` rowspan="${rest.length + 1}"`;
  return html`<tbody><tr><th scope="row"${span}><code>${view.path}</code>${label === undefined ? undefined : html` <span class="label">${label}</span>`}</th>${first}</tr>${rest.map((row) => html`<tr>${row}</tr>`)}</tbody>
`;
}

function cells({ left, right, same, both }: Pair, single: boolean): Markup {
  if (single) return html`<td>${both ?? right}</td>`;
  if (both !== undefined) return html`<td colspan="2">${both}</td>`;
  return same ? html`<td class="same">${left}</td><td>${right}</td>` : html`<td>${left}</td><td>${right}</td>`;
}

/** What is to be said of a conflict besides its sides. */
function notesOf({ body, cause }: ChangeView, voice: Voice): readonly string[] {
  if (cause !== "conflict") return [];
  const base = body.kind === "sides" || body.kind === "lines" ? body.base : undefined;
  return [...(base === undefined ? [] : [`last applied: ${cutText(base, LONGEST_VALUE)}`]), voice.conflict];
}

function pairsOf({ body, cause }: ChangeView, kind: ReportKind): readonly Pair[] {
  switch (body.kind) {
    case "secret":
      return [{ both: html`<span>${body.text}</span>` }];
    case "values":
      return [pairOf(body.before, body.after)];
    case "sides":
      return [kind === "plan" ? pairOf(body.live, body.git) : pairOf(body.git, body.live)];
    case "lines":
      // A conflict's lines lead from live to Git in every report.
      return linePairs(kind === "drift" && cause === "conflict" ? body.lines.map(turned) : body.lines);
  }
}

function turned({ mark, text }: DiffLine): DiffLine {
  return { mark: mark === "-" ? "+" : mark === "+" ? "-" : mark, text };
}

function pairOf(before: string | undefined, after: string | undefined): Pair {
  return {
    ...(before === undefined ? {} : { left: html`<del>${cutText(before, LONGEST_VALUE)}</del>` }),
    ...(after === undefined ? {} : { right: html`<ins>${cutText(after, LONGEST_VALUE)}</ins>` }),
  };
}

/** Lines that go stand beside those that come in their place. */
function linePairs(lines: readonly DiffLine[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let gone: string[] = [];
  let come: string[] = [];
  const close = (): void => {
    const rows = Math.max(gone.length, come.length);
    for (let at = 0; at < rows; at++) pairs.push(pairOf(gone[at], come[at]));
    [gone, come] = [[], []];
  };
  for (const { mark, text } of lines) {
    if (mark === "-") gone.push(text);
    else if (mark === "+") come.push(text);
    else {
      close();
      const line = html`<span class="soft">${cutText(text, LONGEST_VALUE)}</span>`;
      pairs.push({ left: line, right: line, same: true });
    }
  }
  close();
  return pairs;
}
