import { describe, expect, it } from "vitest";
import type { ValueKind } from "../src/commands/completion.ts";
import { completions } from "../src/complete.ts";
import { declareProgram } from "../src/program.ts";

const VALUES: Readonly<Record<ValueKind, readonly string[]>> = {
  addresses: ["blaxel/nightly", "nimble/amazon", "nimble/two words", "nimble/$(touch x)", "nimble/größe"],
  environments: ["prod", "staging"],
  targets: ["blaxel", "nimble"],
  secrets: ["blaxel/nightly/API_KEY"],
  schemas: ["manifest", "plan"],
};

const asked: unknown[] = [];

/** The words offered at the last of `words`; a kind of file as `:files`. */
async function offered(shell: string, ...words: readonly string[]): Promise<readonly string[]> {
  const program = declareProgram("0.0.0", async () => {});
  const text = await completions(program, [shell, ...words], async (kind, place) => {
    asked.push(place);
    return VALUES[kind];
  });
  const [kind = "", ...lines] = text.trimEnd().split("\n");
  return kind === ":words" ? lines.map((line) => line.replace(/\t.*/, "")) : [kind];
}

const bash = (...words: readonly string[]) => offered("bash", ...words);
const zsh = (...words: readonly string[]) => offered("zsh", ...words);

describe("commands", () => {
  it("are offered at the start, also after flags of the program", async () => {
    expect(await bash("st")).toEqual(["status", "state"]);
    expect(await bash("--sandbox", "--env", "prod", "dr")).toEqual(["drift"]);
    expect(await bash("state", "")).toEqual(expect.arrayContaining(["list", "show", "pull", "rm", "mv", "unlock"]));
    expect(await bash("plan", "st")).toEqual([":files"]);
  });

  it("carry what they do where the shell shows it", async () => {
    const program = declareProgram("0.0.0", async () => {});
    const text = await completions(program, ["fish", "rel"], async () => []);
    expect(text).toBe(":words\nrelease\tend a hold\n");
  });
});

describe("flags", () => {
  it("are the command's own and those of the program", async () => {
    expect(await bash("plan", "--de")).toEqual(["--detailed-exitcode"]);
    expect(await bash("plan", "--en")).toEqual(["--env"]);
    expect(await bash("drift", "--de")).toEqual([]);
  });

  it("are offered once, unless they may be repeated", async () => {
    expect(await bash("plan", "--json", "--js")).toEqual([]);
    expect(await bash("plan", "--target", "nimble", "--targ")).toEqual(["--target"]);
  });

  it("end at --", async () => {
    expect(await bash("hold", "--", "--ti")).toEqual([]);
    expect(await bash("hold", "--", "nim")).toEqual(["nimble/amazon", "nimble/größe"]);
  });
});

describe("values", () => {
  it("are choices, targets, environments, addresses, schemas or files, as the flag has it", async () => {
    expect(await bash("validate", "--format", "")).toEqual(["text", "json", "github", "sarif", "junit"]);
    expect(await bash("plan", "--target", "")).toEqual(["blaxel", "nimble"]);
    expect(await bash("--env", "p")).toEqual(["prod"]);
    expect(await bash("plan", "--only", "bl")).toEqual(["blaxel/nightly"]);
    expect(await bash("schema", "p")).toEqual(["plan"]);
    expect(await bash("apply", "--rotate", "b")).toEqual(["blaxel/nightly/API_KEY"]);
    expect(await bash("status", "--fields", "n")).toEqual(["nimble/amazon", "nimble/größe"]);
    expect(await bash("state", "mv", "bl")).toEqual(["blaxel/nightly"]);
    expect(await bash("plan", "--out", "p")).toEqual([":files"]);
    expect(await bash("import", "--out", "p")).toEqual([":directories"]);
    expect(await bash("completion", "z")).toEqual(["zsh"]);
    expect(await bash("hold", "nimble/amazon", "--reason", "")).toEqual([]);
  });

  it("after = are whole words, but for bash, which splits there", async () => {
    expect(await zsh("plan", "--target=ni")).toEqual(["--target=nimble"]);
    expect(await bash("plan", "--target", "=", "ni")).toEqual(["nimble"]);
    expect(await bash("plan", "--target", "=")).toEqual(["blaxel", "nimble"]);
    expect(await bash("validate", "--format", "=", "s")).toEqual(["sarif"]);
    expect(await bash("plan", "--target=ni")).toEqual(["--target=nimble"]);
    expect(await bash("plan", "--target", "=", "nimble", "--only", "bl")).toEqual(["blaxel/nightly"]);
  });

  it("are never words that a shell would have to quote", async () => {
    expect(await bash("hold", "")).toEqual(["blaxel/nightly", "nimble/amazon", "nimble/größe"]);
  });

  it("come from the config and environment that the line names", async () => {
    asked.length = 0;
    await bash("--config", "a/b.yaml", "plan", "--env", "=", "prod", "--target", "");
    expect(asked).toEqual([{ config: "a/b.yaml", environment: "prod" }]);
  });

  it("are none where the project cannot be read", async () => {
    const program = declareProgram("0.0.0", async () => {});
    const fails = async (): Promise<never> => Promise.reject(new Error("no"));
    expect(await completions(program, ["bash", "hold", ""], fails)).toBe(":words\n");
  });
});
