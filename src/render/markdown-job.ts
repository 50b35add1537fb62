import type { Action, PlannedRequest } from "../model/plan.ts";
import { fromJson, toJson } from "../state/codec.ts";
import type { ChangeView } from "./change-view.ts";
import type { JobView } from "./job-view.ts";
import { codeMarkdown, cutText, fence, safeMarkdown, visible } from "./safe.ts";
import { counted } from "./style.ts";
import { blockValue } from "./value-text.ts";
import type { Voice } from "./voice.ts";

/** Longer lines of a diff are cut with a note. */
const LONGEST_LINE = 400;
const LONGEST_PROSE = 2000;
const LONGEST_NAME = 160;
const LONGEST_BODY = 20_000;
/** Lines of what was declared of a job that is deleted. */
const MOST_LOST = 60;

/** A name or path from outside as inline code, cut where it is too long to be one. */
export function code(text: string): string {
  return codeMarkdown(cutText(visible(text.slice(0, 100_000)), LONGEST_NAME));
}

/** A message that may hold strings from outside, as prose. */
export function prose(text: string): string {
  return safeMarkdown(cutText(visible(text.slice(0, 100_000)), LONGEST_PROSE));
}

/** How a job's details are shown. */
export interface DetailsOptions {
  readonly open: boolean;
  readonly requests: boolean;
  /** Of the manifest's line. */
  readonly url: string | undefined;
}

/** One job's changes as a folded diff. */
export function jobDetails(job: JobView, options: DetailsOptions): string {
  const { action, changes } = job;
  const count = changes.length === 0 ? "" : `, ${counted(changes.length, "change")}`;
  const word = job.destructive ? `<b>${job.word}</b>` : job.word;
  const place = action.source === undefined ? "" : code(`${action.source.file}:${action.source.line}`);
  const source = place === "" ? "" : ` ${options.url === undefined ? place : `<a href="${options.url}">${place}</a>`}`;
  const lines = [...lostLines(action), ...changes.flatMap((view) => diffLines(view, job.voice))];
  return [
    `<details${options.open ? " open" : ""}><summary>${code(action.address)} ${word}${count}${source}</summary>`,
    ...job.refusals.map((refusal) => `**Refused** ${prose(`(${refusal.code}) ${refusal.message}`)}`),
    ...(job.about.length === 0 ? [] : [job.about.map((line) => `- ${prose(line)}`).join("\n")]),
    ...(lines.length === 0 ? [] : [fence(lines.join("\n"), "diff")]),
    ...(job.requests.length === 0 ? [] : [job.requests.map((line) => `- ${code(line)}`).join("\n")]),
    ...(options.requests ? bodies(action.requests) : []),
    "</details>",
  ].join("\n\n");
}

/** What was declared of a job that is deleted; what else is live stays out, since it never stood in Git. */
function lostLines({ action, base }: Action): readonly string[] {
  if (action !== "delete" || base === undefined) return [];
  const lines = blockValue(fromJson(base.declared).value).map((line) => cutText(`- ${line}`, LONGEST_LINE));
  const more = lines.length - MOST_LOST;
  return more > 0 ? [...lines.slice(0, MOST_LOST), `# … ${more} more lines`] : lines;
}

/** A change as lines of a `diff` block: `-` is live now, `+` is wanted, `#` comments. */
function diffLines(view: ChangeView, voice: Voice): readonly string[] {
  const { path, body } = view;
  const label = voice.cause(view.cause);
  const lines = ((): readonly string[] => {
    switch (body.kind) {
      case "secret":
        return [`! ${path}: ${body.text}`];
      case "values":
        return [
          ...(body.before === undefined ? [] : [`- ${path}: ${body.before}`]),
          ...(body.after === undefined ? [] : [`+ ${path}: ${body.after}`]),
        ];
      case "lines":
        return [`  ${path}:`, ...body.lines.map(({ mark, text }) => `${mark}   ${text}`)];
      case "sides":
        return [
          `! ${path}: ${voice.conflict}`,
          ...(body.base === undefined ? [] : [`#   last applied: ${body.base}`]),
          `-   live: ${body.live}`,
          `+   Git: ${body.git}`,
        ];
    }
  })();
  const comments = [...view.words, ...(label === undefined || body.kind === "sides" ? [] : [label])];
  return [...lines, ...comments.map((comment) => `#   ${comment}`)].map((line) => cutText(line, LONGEST_LINE));
}

/** What is sent, folded once more: few readers want it. */
function bodies(requests: readonly PlannedRequest[]): readonly string[] {
  const fences = requests
    .filter(({ body }) => body !== undefined)
    .map(({ method, path, body }) => {
      const json = body === undefined ? "" : JSON.stringify(toJson(body), null, 2);
      const text =
        json.length <= LONGEST_BODY
          ? json
          : `${json.slice(0, LONGEST_BODY)}\n... ${json.length - LONGEST_BODY} characters more`;
      return fence(`${method} ${cutText(visible(path), LONGEST_NAME)}\n${text}`, "http");
    });
  const title = fences.length === 1 ? "the request" : `the ${fences.length} requests`;
  return fences.length === 0 ? [] : [`<details><summary>${title}</summary>`, ...fences, "</details>"];
}
