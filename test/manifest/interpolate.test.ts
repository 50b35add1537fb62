import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InterpolationProblem } from "../../src/manifest/interpolate.ts";
import { resolveString } from "../../src/manifest/interpolate.ts";
import { createLookups, type LookupSources } from "../../src/manifest/lookups.ts";
import { SecretRef, type SecretTable, type Value } from "../../src/model/document.ts";
import { createSecretTable } from "../../src/secrets.ts";

interface Outcome {
  readonly value: Value | undefined;
  readonly problems: readonly InterpolationProblem[];
  readonly table: SecretTable;
  /** What is wrong with variables. */
  readonly ofVariables: readonly string[];
}

function resolve(text: string, sources: Partial<LookupSources> & { vendor?: boolean } = {}): Outcome {
  const table = createSecretTable();
  const problems: InterpolationProblem[] = [];
  const ofVariables: string[] = [];
  const lookups = createLookups({
    env: { NAME: "value", HOST: "db", EMPTY: "", BL_EU_KEY: "k" },
    readFile: (path) => (path === "a/b.txt" ? { text: "content\n" } : { problem: "there is none" }),
    resolve: true,
    table,
    keys: new Set(["BL_EU_KEY"]),
    vars: { text: "T", number: 7, yes: true, nothing: null, list: [1, "${var:text}"], secret: "s-${env:NAME}" },
    varsComplete: true,
    environment: "prod",
    report: (name, _path, _text, problem) => ofVariables.push(`${name}: ${problem.code}`),
    ...sources,
  });
  const value = resolveString(text, sources.vendor ?? false, lookups, problems);
  return { value, problems, table, ofVariables };
}

/** The value of a text that resolves without problems. */
function resolved(text: string, sources: Parameters<typeof resolve>[1] = {}): Value | undefined {
  const { value, problems } = resolve(text, sources);
  expect(problems).toEqual([]);
  return value;
}

describe("variables", () => {
  it("keep their type where they stand alone", () => {
    expect(resolved("${var:number}")).toBe(7);
    expect(resolved("${var:yes}")).toBe(true);
    expect(resolved("${var:nothing}")).toBeNull();
    expect(resolved("${var:list}")).toEqual([1, "T"]);
  });

  it("become text inside of a text", () => {
    expect(resolved("a-${var:number}-${var:yes}-${var:text}")).toBe("a-7-true-T");
  });

  it("refer to one another and to the environment", () => {
    const vars = { a: "${var:b}/x", b: "${var:c}", c: "end" };
    expect(resolved("${var:a}", { vars })).toBe("end/x");
    expect(resolved("${var:secret}")).toEqual(new SecretRef("s-${env:NAME}"));
    expect(resolved("<${var:secret}>")).toEqual(new SecretRef("<s-${env:NAME}>"));
  });

  it("are not looked at again once they are put in", () => {
    expect(resolved("${var:a}", { vars: { a: "$${var:b}", b: "no" } })).toBe("${var:b}");
    expect(resolved("x${var:a}", { vars: { a: "$${env:NAME}" } })).toBe("x${env:NAME}");
  });

  it.each([
    ["unknown ones", "${var:txet}", "JW1304", /Did you mean \$\{var:text\}/],
    ["null inside of a text", "a${var:nothing}", "JW1308", /alone/],
    ["a list inside of a text", "a${var:list}", "JW1308", /alone/],
    ["inherited names", "${var:toString}", "JW1304", /vars/],
    ["bad names", "${var:a b}", "JW1308", /letters/],
  ])("refuse %s", (_name, text, code, hint) => {
    const { value, problems } = resolve(text);
    expect(value).toBeUndefined();
    expect(problems).toMatchObject([{ code, hint: expect.stringMatching(hint) }]);
  });

  it("A35 refuse circles, once, naming the way", () => {
    const vars = { a: "${var:b}", b: "x${var:c}", c: "${var:a}" };
    const { value, ofVariables, problems } = resolve("${var:a}", { vars });
    expect(value).toBeUndefined();
    expect(ofVariables).toEqual(["c: JW1305"]);
    expect(problems).toEqual([]);
  });

  it("are no news where the config is broken", () => {
    expect(resolve("${var:nope}", { varsComplete: false })).toMatchObject({ value: undefined, problems: [] });
  });
});

describe("the environment and files", () => {
  it("become references, with the value in the table only", () => {
    const { value, table } = resolve("${env:NAME}");
    expect(value).toEqual(new SecretRef("env:NAME", "env:NAME"));
    expect(table.value(new SecretRef("env:NAME"))).toBe("value");
  });

  it("make templates of texts around them", () => {
    const { value, table } = resolve("s3://${env:NAME}/$${x}/${var:text}${file:./a/b.txt}");
    expect(value).toEqual(new SecretRef("s3://${env:NAME}/$${x}/T${file:a/b.txt}"));
    expect(value instanceof SecretRef && table.value(value)).toBe("s3://value/${x}/Tcontent");
  });

  it("strip one line end from a file", () => {
    const { value, table } = resolve("${file:a/b.txt}", { readFile: () => ({ text: "a\n\r\n\r\n" }) });
    expect(value instanceof SecretRef && table.value(value)).toBe("a\n\r\n");
  });

  it("A17 are put in literally, whatever they hold", () => {
    const nasty = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom("${env:HOST}", "$${", "$&", "$1", "$$", '{"$secret":"env:X"}', "\\", "a\nb: c", "${var:text}"),
    );
    fc.assert(
      fc.property(nasty, nasty, (one, other) => {
        const { value, table } = resolve("<${env:A}|${env:B}>", { env: { A: one, B: other } });
        expect(value).toEqual(new SecretRef("<${env:A}|${env:B}>"));
        expect(value instanceof SecretRef && table.value(value)).toBe(`<${one}|${other}>`);
      }),
    );
  });

  it("are not looked at when secrets are skipped", () => {
    const { value, table } = resolve("${env:MISSING}${file:missing.txt}", { resolve: false });
    expect(value).toEqual(new SecretRef("${env:MISSING}${file:missing.txt}"));
    expect([...table.values()]).toEqual([]);
  });

  it("report each missing one at its own place", () => {
    const { problems } = resolve("a ${env:NOPE} b ${env:EMPTY} c ${env:NAME}");
    expect(problems).toMatchObject([
      { code: "JW1303", start: 2, end: 13, message: "the environment variable NOPE is not set" },
      { code: "JW1303", start: 16, end: 28, message: "the environment variable EMPTY is set, but empty" },
    ]);
  });

  it.each([
    ...["NIMBLE_API_KEY", "BL_API_KEY", "BL_CLIENT_CREDENTIALS", "nimble_api_key", "NIMBLE_EU_API_KEY"],
    ...["GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "INPUT_TOKEN"],
    ...["JOBWRIGHT_STATE_KEY", "BL_EU_KEY", "BL_TOKEN", "NIMBLE_CUSTOM_HEADERS"],
  ])("A19 never hand on %s", (name) => {
    for (const secrets of [true, false]) {
      const { value, problems, table } = resolve(`\${env:${name}}`, { env: { [name]: "v" }, resolve: secrets });
      expect(value).toBeUndefined();
      expect(problems).toMatchObject([{ code: "JW1306" }]);
      expect([...table.values()]).toEqual([]);
    }
  });

  it.each(["BL_WORKSPACE", "BUCKET", "GITHUB_SHA", "MY_NIMBLE_API_KEY", "OPENAI_API_KEY"])("hand on %s", (name) => {
    expect(resolved(`\${env:${name}}`, { env: { [name]: "v" } })).toEqual(new SecretRef(`env:${name}`));
  });

  it.each([
    ...[".git/config", ".env", "a/.env.local", ".jobwright/state.json", ".npmrc", "x/.ssh/id_rsa", "keys/id_ed25519"],
    ...[
      "/etc/passwd",
      "/proc/self/environ",
      "../x",
      "a/../../x",
      "a\\..\\..\\x",
      "C:\\x",
      "",
      "a/",
      "credentials.json",
    ],
  ])("A20 never read the file %j", (path) => {
    const read: string[] = [];
    const { problems } = resolve(`\${file:${path}}`, {
      readFile: (asked) => {
        read.push(asked);
        return { text: "x" };
      },
    });
    expect(problems).toMatchObject([{ code: "JW1307" }]);
    expect(read).toEqual([]);
  });

  it("say why a file cannot be read", () => {
    expect(resolve("${file:nope.txt}").problems).toMatchObject([
      { code: "JW1307", message: 'the file "nope.txt" cannot be interpolated: there is none' },
    ]);
  });
});

describe("what is no interpolation", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    ["$", "$"],
    ["$5 and ${", "$5 and ${"],
    ["${NAME}", "${NAME}"],
    ["$secrets.NAME", "$secrets.NAME"],
    ["${other:thing}", "${other:thing}"],
    ["$${env:NAME}", "${env:NAME}"],
    ["a$${b}$${c}", "a${b}${c}"],
    ["$$${x", "$${x"],
  ])("%j stays %j", (text, expected) => {
    expect(resolved(text)).toBe(expected);
  });

  it.each([
    ["an open one", "a${env:NAME", "JW1308", 1],
    ["one in another", "${env:${var:text}}", "JW1308", 0],
    ["capitals", "${ENV:NAME}", "JW1308", 0],
    ["a slip", "${evn:NAME}", "JW1308", 0],
    ["an empty name", "${env:}", "JW1308", 0],
    ["a name that is none", "${env:A-B}", "JW1308", 0],
  ])("but %s is refused", (_name, text, code, start) => {
    const { value, problems } = resolve(text);
    expect(value).toBeUndefined();
    expect(problems).toMatchObject([{ code, start }]);
  });
});

describe("the vendor's forms", () => {
  const env = { NAME: "value", HOST: "db" };

  it("mean the environment", () => {
    expect(resolved("$secrets.NAME", { vendor: true })).toEqual(new SecretRef("env:NAME"));
    expect(resolved("${NAME}", { vendor: true })).toEqual(new SecretRef("env:NAME"));
    const { value, table } = resolve("pg://$secrets.NAME@${HOST}/x", { vendor: true, env });
    expect(value).toEqual(new SecretRef("pg://${env:NAME}@${env:HOST}/x"));
    expect(value instanceof SecretRef && table.value(value)).toBe("pg://value@db/x");
  });

  it("can be written as text", () => {
    expect(resolved("$${NAME} $$secrets.NAME", { vendor: true })).toBe("${NAME} $secrets.NAME");
    expect(resolved("$secret.NAME ${a b}", { vendor: true })).toBe("$secret.NAME ${a b}");
  });

  it("are refused where they name credentials or nothing", () => {
    expect(resolve("$secrets.BL_API_KEY", { vendor: true }).problems).toMatchObject([{ code: "JW1306" }]);
    expect(resolve("x${NOPE}", { vendor: true }).problems).toMatchObject([{ code: "JW1303", start: 1, end: 8 }]);
  });
});
