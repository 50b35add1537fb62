/** Characters that move a cursor, reorder text, or end a line. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]/gu;

/** What a text of a platform may be cut to. */
const EXCERPT_LENGTH = 200;

/**
 * A text from outside as one short, harmless line: secrets out first (a cut must not leave half of one), then control
 * characters, then cut.
 */
export function excerpt(text: string, secrets: Iterable<string> = [], length = EXCERPT_LENGTH): string {
  const known = [...secrets];
  const margin = text.length > MOST_READ ? Math.max(0, ...known.map((secret) => secret.length * 6)) : 0;
  const read = withoutSecrets(text.slice(0, MOST_READ), known);
  const shown = read
    .slice(0, Math.max(0, read.length - margin))
    .replace(UNSAFE, " ")
    .replace(/\s+/gu, " ")
    .trim();
  return shown.length <= length ? shown : `${shown.slice(0, length - 1).replace(/\p{Surrogate}/gu, "")}…`;
}

/** Redaction looks at this much of a text; half a secret may stand at its end, so a margin is taken away there. */
const MOST_READ = 65_536;

/** A text with every known secret in it replaced, in the forms that an answer may echo it in. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const forms = new Set<string>();
  for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form);
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, form) => shown.replaceAll(form, "[secret]"), text);
}

const SHORTEST_SEARCHED = 4;

function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST_SEARCHED) return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const url = /\p{Surrogate}/u.test(secret) ? secret : encodeURIComponent(secret);
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 8);
  return [secret, json, url, Buffer.from(secret).toString("base64").replace(/=+$/, ""), ...lines];
}
