/** A mebibyte of each kind of trouble, for large.test.ts and `npm run hostile`. Made when it is asked for. */
export type Texts = Readonly<Record<string, () => string | Uint8Array>>;

/** The most of a file that is read. */
export const MEBIBYTE = 1024 * 1024;

/** A text of this size, of one piece over and over; what follows `tail` would have to fit in still fits. */
export function full(piece: string, { head = "", tail = "", size = MEBIBYTE } = {}): string {
  const room = size - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return head + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + tail;
}

/** The same, of numbered pieces. */
export function numbered(piece: (n: number) => string, { head = "", tail = "", size = MEBIBYTE } = {}): string {
  const parts: string[] = [];
  let left = size - Buffer.byteLength(head) - Buffer.byteLength(tail);
  for (let n = 0; ; n++) {
    const part = piece(n);
    left -= Buffer.byteLength(part);
    if (left < 0) return head + parts.join("") + tail;
    parts.push(part);
  }
}

const nimble = (name: string): string =>
  `apiVersion: nimbleway.com/v1\nkind: Job\nmetadata:\n  name: ${name}\nspec:\n  agent_name: a\n`;
const blaxel = (more: string): string =>
  `apiVersion: blaxel.ai/v1alpha1\nkind: Job\nmetadata: { name: b }\nspec:\n  runtime:\n    memory: 2048\n${more}`;
const envs = (env: (n: number) => string): string =>
  numbered((n) => `      - ${env(n)}\n`, { head: blaxel("    envs:\n") });
const oneEnv = (text: (n: number) => string): string =>
  numbered(text, { head: blaxel('    envs:\n      - { name: E, value: "'), tail: '" }\n' });
const cron = (text: string): string => `${nimble("a")}  schedule: { enabled: true, cron: "${text}" }\n`;
const triggers = (schedule: (n: number) => string): string =>
  numbered((n) => `    - { type: cron, configuration: { schedule: "${schedule(n)}" } }\n`, {
    head: blaxel("  triggers:\n"),
  });
const minute = (n: number): string => `${n % 60} ${Math.floor(n / 60) % 24}`;
const nested = (levels: number): string => `- ${"[".repeat(levels)}${"]".repeat(levels)}\n`;
const ANNOTATED = "apiVersion: nimbleway.com/v1\nkind: Job\nmetadata:\n  name: a\n  annotations:\n";
const annotated = (line: (n: number) => string, head = ""): string =>
  numbered(line, { head: ANNOTATED + head, tail: "spec: { agent_name: a }\n" });

/** What YAML can be wrong with, or right at great length. */
const YAML: Texts = {
  "brackets that close nothing": () => full("}"),
  "commas in brackets": () => full(",", { head: "[" }),
  "brackets left open": () => full("{a: "),
  "words in brackets without commas": () => full('1 2, "', { head: "[" }),
  "lists inside of lists, 190 deep": () => full(nested(190)),
  "brackets without end": () => full("["),
  "dashes without end": () => full("- "),
  "questions without end": () => full("? "),
  "indentation without end": () => numbered((n) => `${" ".repeat(n)}a:\n`),
  "quotes back to back": () => full('"a" "b" '),
  "quotes of both kinds": () => full("\"'"),
  "a quote left open": () => full("abc def\n", { head: '"' }),
  "a quote left open in each document": () => full('---\n"a\n'),
  "a bracket left open in each document": () => full("---\n[a\n"),
  "escapes that there are not": () => full("\\q", { head: '"', tail: '"' }),
  "escapes that are cut": () => full("\\u00zz", { head: '"', tail: '"' }),
  tabs: () => full("\t"),
  "tabs before keys": () => full("\tb: 1\n", { head: "a:\n" }),
  "tabs after colons": () => full("a:\tb\n"),
  "a hundred thousand errors": () => full("- a: @\n"),
  stars: () => full("- * *\n"),
  "unknown tags": () => full("- !foo a\n"),
  "tags left open": () => full("- !< a\n"),
  "anchors only": () => full("&a "),
  "many anchors": () => numbered((n) => `- &a${n} x\n`),
  "many anchors and aliases": () => numbered((n) => `- &a${n} x\n- *a${n}\n`),
  "unknown aliases": () => numbered((n) => `- *a${n}\n`),
  "one alias very often": () => full("*x, ", { head: "a: &x 1\nb: [", tail: "1]\n" }),
  "a long alias often": () => full("*x, ", { head: `a: &x ${"y".repeat(1000)}\nb: [`, tail: "1]\n", size: 40_000 }),
  "a huge plain value": () => full("x ", { head: "a: " }),
  "a huge quoted value": () => full("\\x41", { head: 'a: "', tail: '"' }),
  "a huge block": () => full("  xxx yyy\n", { head: "a: |\n" }),
  "a huge folded block": () => numbered((n) => `${" ".repeat(2 + (n % 50))}x\n`, { head: "a: >\n" }),
  "a huge key": () => full("k", { tail: ": 1" }),
  "a huge number": () => full("9", { head: "a: 0." }),
  "combining marks": () => full("\u0301", { head: "a: e" }),
  "empty documents": () => full("---\n"),
  "ends of documents": () => full("...\n"),
  "documents with one word": () => full("--- a\n"),
  "broken documents": () => full("--- @\n"),
  directives: () => full("%FOO bar\n"),
  "tag directives": () => numbered((n) => `%TAG !e${n}! tag:x,2000:\n`, { tail: "---\na: 1\n" }),
  "merges of a list": () => full("{a: 1},", { head: "<<: [", tail: "]" }),
  "merges of one another": () =>
    numbered((n) => `m${n + 1}: &m${n + 1} {<<: *m${n}, k${n}: 1}\n`, { head: "m0: &m0 {}\n" }),
  comments: () => full("# x\n"),
  "comments after values": () => full("- a # x\n"),
  "line ends": () => full("\n"),
  spaces: () => full(" "),
  colons: () => full(":\n"),
  "empty items": () => full("-\n"),
  "keys all alike": () => full("k: 1\n"),
  "keys all different": () => numbered((n) => `k${n}: 1\n`),
  "keys that are mappings": () => full("? {a: 1}\n: 1\n"),
  "block headers that are none": () => full("- |x\n"),
  templates: () => full("{{ .Values.a }}\n"),
  "numbers too large": () => full("- 1e400\n"),
  "words of old YAML": () => full("- {yes: no}\n"),
  "halves of characters": () => full('- "\\ud800"\n'),
  "merge conflicts": () => full("<<<<<<< a\n=======\n>>>>>>> b\n"),
  "control characters": () => full("\u0001"),
};

/** What a manifest can be wrong with, or right at great length. */
const JOBS: Texts = {
  jobs: () => numbered((n) => `---\n${nimble(`a${n}`)}`),
  "jobs of one name": () => full(`---\n${nimble("a")}`),
  "jobs with an unknown field each": () => numbered((n) => `---\n${nimble(`a${n}`)}  x: 1\n`),
  "unknown fields": () => numbered((n) => `  k${n}: 1\n`, { head: nimble("a") }),
  "unknown fields, long": () => numbered((n) => `  k${n}${"k".repeat(60)}: 1\n`, { head: nimble("a") }),
  "unknown annotations": () => annotated((n) => `    k${n}${"k".repeat(20)}: "1"\n`),
  "misspelt annotations": () => annotated((n) => `    jobwright.dev/k${n}: "1"\n`),
  "lines of ignore that are none": () => annotated((n) => `      x${n}\n`, "    jobwright.dev/ignore: |\n"),
  "lines of ignore": () => annotated((n) => `      /x${n}\n`, "    jobwright.dev/ignore: |\n"),
  "rows of data": () =>
    numbered((n) => `      - { k: ${n}, name: "row ${n}" }\n`, {
      head: `${nimble("a")}  inputs:\n    type: inline\n    data:\n`,
    }),
  variables: () => envs((n) => `{ name: E${n}, value: some value of a length }`),
  "variables of one name": () => envs(() => "{ name: E, value: some value of a length }"),
  "variables that are none": () => envs((n) => `{ nam: E${n}, valu: some value of a length }`),
  "variables that are numbers": () => envs((n) => `${n}00000000`),
  "secrets in plain text": () => envs((n) => `{ name: E${n}, value: "a value of a length", secret: true }`),
  "references that lead nowhere": () => envs((n) => `{ name: E${n}, value: "\${env:NO_SUCH_VARIABLE_${n}}" }`),
  "the vendor's references": () => envs((n) => `{ name: E${n}, value: $secrets.NO_SUCH_VARIABLE_${n} }`),
  "a value of references": () => oneEnv((n) => `\${env:A${n}}`),
  "a value of variables": () => oneEnv((n) => `\${var:a${n}}`),
  "a value of files": () => oneEnv((n) => `\${file:a${n}}`),
  "references left open": () => oneEnv(() => "${env:"),
  dollars: () => oneEnv(() => "$"),
  "crons that are none": () => triggers((n) => `${n}`),
  crons: () => triggers((n) => `${minute(n)} * * *`),
  "crons that never fire": () => triggers((n) => `${minute(n)} 31 2 *`),
  "a cron of commas": () => cron(full("1,", { size: MEBIBYTE - 300 })),
  "a cron of fields": () => cron(full("* ", { size: MEBIBYTE - 300 })),
  "a cron of minutes": () => cron(`${numbered((n) => `${n % 60},`, { size: MEBIBYTE - 300 })}1 * * * *`),
  "a name": () => nimble(full("a", { size: MEBIBYTE - 300 })),
};

/** Manifest files. */
export const MANIFESTS: Texts = { ...YAML, ...JOBS };

const patches = (operation: (n: number) => string): string =>
  numbered((n) => `${n % 1000 === 0 ? '  - match: "*"\n    patch:\n' : ""}      - ${operation(n)}\n`, {
    head: "patches:\n",
  });

/** Config files, beside a hundred good manifests. */
export const CONFIGS: Texts = {
  "unknown settings": () => numbered((n) => `k${n}: 1\n`),
  variables: () => numbered((n) => `  v${n}: "some text"\n`, { head: "vars:\n" }),
  "variables that need the next": () => numbered((n) => `  v${n}: "\${var:v${n + 1}}"\n`, { head: "vars:\n" }),
  "variables that need the first": () =>
    numbered((n) => `  v${n + 1}: "x\${var:v0}"\n`, { head: `vars:\n  v0: ${"y".repeat(500)}\n` }),
  targets: () => numbered((n) => `  t${n}: { provider: nimble }\n`, { head: "targets:\n" }),
  environments: () => numbered((n) => `  e${n}: { vars: { a: some text } }\n`, { head: "environments:\n" }),
  "patches that fit": () => patches((n) => `{ op: add, path: /spec/description, value: "text ${n}" }`),
  "patches that do not fit": () => patches((n) => `{ op: replace, path: /spec/nothing${n}, value: 1 }`),
  "patches that are none": () => patches((n) => `{ op: replace, path: nothing${n}, value: 1 }`),
  "patches that grow": () => patches((n) => `{ op: copy, from: /spec, path: "/spec/x${n}" }`),
  "ignored paths": () =>
    numbered((n) => `${n % 1000 === 0 ? '  - match: "*"\n    paths:\n' : ""}      - /spec/description/x${n}\n`, {
      head: "ignore:\n",
    }),
  "ignored paths that are none": () => numbered((n) => `  - { match: "*", paths: [x${n}] }\n`, { head: "ignore:\n" }),
  "patterns of protection": () =>
    numbered((n) => `    - "${"*a".repeat(200)}${n}"\n`, { head: "safety:\n  protect:\n", size: 400_000 }),
  "too many patterns": () => numbered((n) => `    - "a${n}"\n`, { head: "safety:\n  protect:\n" }),
  "a YAML that is broken": () => full("- a: @\n"),
  globs: () => numbered((n) => `  - "jobs/**/*a*b*${n}.{yaml,yml}"\n`, { head: "manifests:\n", size: 3_000 }),
};
