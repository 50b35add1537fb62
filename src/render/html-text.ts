import { cutText, visible } from "./safe.ts";

const LONGEST_NAME = 300;

/** A string from outside, cut where it is too long to be read. The template escapes it. */
export function cut(text: string, width = LONGEST_NAME): string {
  return cutText(visible(text.slice(0, 100_000)), width);
}
