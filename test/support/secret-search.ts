/**
 * The forms in which a value may be hidden in bytes that a program wrote: as it is, line by line, as JSON, YAML, URL
 * and HTML write it, in base64 at each of the three places that it can begin at, in hexadecimal.
 */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 8);
  const forms = [secret, secret.trim(), ...lines].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll("%20", "+"),
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
    text.replaceAll("'", "''"),
    Buffer.from(text).toString("hex"),
    ...alignments(Buffer.from(text)),
  ]);
  return [...new Set(forms)].filter((form) => form.length >= 6);
}

/** What of a base64 text stems from the value alone, wherever it stands among other bytes. */
function alignments(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const form = all.slice(Math.ceil((before * 8) / 6), whole);
    return [form, form.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** The names of the secrets that stand in a text, in any form. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}
