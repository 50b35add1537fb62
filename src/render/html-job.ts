import type { PlannedRequest } from "../model/plan.ts";
import { toJson } from "../state/codec.ts";
import type { ChangeView } from "./change-view.ts";
import { html, type Markup } from "./html-markup.ts";
import type { JobView } from "./job-view.ts";
import { cutText, visible } from "./safe.ts";
import { counted } from "./style.ts";
import type { Voice } from "./voice.ts";

const LONGEST_VALUE = 4000;
const LONGEST_NAME = 300;
const LONGEST_BODY = 100_000;

/** A string from outside, cut where it is too long to be read. The template escapes it. */
export function cut(text: string, width = LONGEST_NAME): string {
  return cutText(visible(text.slice(0, 100_000)), width);
}

/** One job, folded unless `open`. */
export function jobSection(job: JobView, open: boolean): Markup {
  const { action, changes } = job;
  const source =
    action.source === undefined
      ? undefined
      : html` <code class="soft">${cut(action.source.file)}:${action.source.line}</code>`;
  const count = changes.length === 0 ? "" : counted(changes.length, "change");
  return html`<details class="job ${action.action}"${open ? html` open` : undefined}>
<summary><span class="word">${job.word}</span> <code>${cut(action.address)}</code> <span class="soft">${count}</span>${source}</summary>
<div>
${job.refusals.map((refusal) => html`<p class="box danger">Refused (${cut(refusal.code)}): ${cut(refusal.message, LONGEST_VALUE)}</p>\n`)}${list(job.about)}
${changes.map((view) => changeRow(view, job.voice))}${job.requests.length === 0 ? undefined : requests(job)}</div>
</details>
`;
}

function changeRow(view: ChangeView, voice: Voice): Markup {
  const label = voice.cause(view.cause);
  return html`<div class="change"><div><code>${cut(view.path)}</code>${label === undefined ? undefined : html` <span class="label">${label}</span>`}</div>
<div>${valueParts(view, voice)}${view.words.map((line) => html`<span class="soft">${line}</span>`)}</div></div>
`;
}

function valueParts(view: ChangeView, voice: Voice): readonly Markup[] {
  const { body } = view;
  const line = (mark: " " | "-" | "+", text: string): Markup => {
    const value = cutText(text, LONGEST_VALUE);
    return mark === "-"
      ? html`<del>${value}</del>`
      : mark === "+"
        ? html`<ins>${value}</ins>`
        : html`<span class="soft">${value}</span>`;
  };
  switch (body.kind) {
    case "secret":
      return [html`<span>${body.text}</span>`];
    case "values":
      return [
        ...(body.before === undefined ? [] : [line("-", body.before)]),
        ...(body.after === undefined ? [] : [line("+", body.after)]),
      ];
    case "lines":
      return body.lines.map(({ mark, text }) => line(mark, text));
    case "sides":
      return [
        ...(body.base === undefined ? [] : [line(" ", `last applied: ${body.base}`)]),
        line("-", `live: ${body.live}`),
        line("+", `Git: ${body.git}`),
        html`<span class="label">${voice.conflict}</span>`,
      ];
  }
}

function list(lines: readonly string[]): Markup | undefined {
  if (lines.length === 0) return undefined;
  return html`<ul class="plain soft">${lines.map((line) => html`<li>${cut(line, LONGEST_VALUE)}</li>`)}</ul>`;
}

function requests(job: JobView): Markup {
  return html`<details><summary class="soft">${counted(job.requests.length, "request")}</summary>
${job.requests.map((line, at) => html`<pre>${cut(line, LONGEST_VALUE)}${bodyText(job.action.requests[at])}</pre>\n`)}</details>
`;
}

function bodyText(request: PlannedRequest | undefined): readonly Markup[] {
  if (request?.body === undefined) return [];
  const json = JSON.stringify(toJson(request.body), null, 2);
  const lines = json.slice(0, LONGEST_BODY).split("\n");
  if (json.length > LONGEST_BODY) lines.push(`... ${json.length - LONGEST_BODY} characters more`);
  return lines.map((line) => html`\n${line}`);
}
