import { createHash } from "node:crypto";
import { type Hole, html, Markup } from "./html-markup.ts";
import { PAGE_SCRIPT } from "./html-script.ts";
import { STYLE_SHEET } from "./html-style.ts";
import { cut } from "./html-text.ts";
import { timeText } from "./words.ts";

/** The parts of a report as a page. */
export interface Page {
  /** Ours, and known: not from outside. */
  readonly title: string;
  /** For whom and when it was made. */
  readonly about: { readonly environment: string; readonly createdAt: string } | undefined;
  /** Below the title. */
  readonly head: Hole;
  readonly main: Hole;
  readonly foot: Hole;
}

/**
 * A page that needs nothing else: one style sheet and one script of its own, no network (its policy forbids it), light and
 * dark, narrow and wide. Without the script everything is shown.
 */
export function pageText({ title, about, head, main, foot }: Page): string {
  const environment = about === undefined || about.environment === "" ? undefined : cut(about.environment, 60);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}${environment === undefined ? undefined : ` (${environment})`}</title>
<style>${new Markup(STYLE_SHEET)}</style>
</head>
<body>
<header>
<h1>${title}${environment === undefined ? undefined : html` <span class="badge">${environment}</span>`}</h1>
${about === undefined ? undefined : html`<p class="soft">${timeText(about.createdAt)}</p>\n`}${head}</header>
<main>
${main}</main>
<footer class="soft">${foot}</footer>
<script>${new Markup(PAGE_SCRIPT)}</script>
</body>
</html>
`.text;
}

/** Allows the page's own style sheet and script and nothing else. */
function contentPolicy(): string {
  return `default-src 'none'; style-src ${hashOf(STYLE_SHEET)}; script-src ${hashOf(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}
