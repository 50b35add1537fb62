import { describe, expect, it } from "vitest";
import { fileText, oneFileEach, oneFilePerTarget } from "../../src/import/file-names.ts";
import { nameVariables } from "../../src/import/variables.ts";

const document = (address: string, length = 10) => ({ address, text: `${"x".repeat(length - 1)}\n` });
const paths = (addresses: readonly string[]) =>
  oneFileEach(addresses.map((each) => document(each))).map(({ path }) => path);

describe("a file for each job", () => {
  it("has a name that every system takes", () => {
    expect(
      paths(["nimble/a/../b", "nimble/NUL", "nimble/-x-", "nimble/Zürich täglich", `nimble/${"n".repeat(250)}`]),
    ).toEqual([
      "nimble/a-..-b.yaml",
      "nimble/job-NUL.yaml",
      "nimble/x.yaml",
      "nimble/Zu-rich-ta-glich.yaml",
      `nimble/${"n".repeat(100)}.yaml`,
    ]);
  });

  it("has a name of its own, cases aside", () => {
    expect(paths(["t/a", "t/A", "u/a", "t/a.", "t/a-2"])).toEqual([
      "t/a.yaml",
      "t/A-2.yaml",
      "u/a.yaml",
      "t/a-3.yaml",
      "t/a-2-2.yaml",
    ]);
  });
});

describe("a file for each target", () => {
  it("is as large as is still read, then another one begins", () => {
    const third = 350 * 1024;
    const files = oneFilePerTarget(["t/a", "t/b", "t/c", "u/d"].map((each) => document(each, third)));
    expect(files.map(({ path, documents }) => [path, documents.map(({ address }) => address)])).toEqual([
      ["t.yaml", ["t/a", "t/b"]],
      ["t-2.yaml", ["t/c"]],
      ["u.yaml", ["u/d"]],
    ]);
    for (const file of files) expect(Buffer.byteLength(fileText(file))).toBeLessThan(1024 * 1024);
  });
});

describe("variables", () => {
  const taken = { used: new Set(["MINE"]), forbidden: (name: string) => /^BL_/.test(name) };
  const name = (...secrets: readonly (readonly [string, string])[]) =>
    nameVariables(
      secrets.map(([address, env]) => ({ address, path: `/spec/runtime/envs/${env}/value` })),
      taken,
    );

  it("keep the name that the job has for them, where nobody else has it", () => {
    expect(name(["b/x", "KEY"], ["b/x", "lower_case"])).toEqual(["KEY", "lower_case"]);
  });

  it("get the job's name in front, then the target's, then a number", () => {
    expect(name(["b/x", "KEY"], ["b/y", "KEY"], ["c/x", "KEY"])).toEqual(["X_KEY", "Y_KEY", "C_X_KEY"]);
    expect(name(["b/x", "MINE"], ["b/x", "key"], ["b/x", "Key"])).toEqual(["X_MINE", "X_KEY", "B_X_KEY"]);
    expect(name(...Array.from({ length: 5 }, () => ["b/x", "KEY"] as const))).toEqual([
      ...["X_KEY", "B_X_KEY", "JOB_B_X_KEY", "JOB_B_X_KEY_2", "JOB_B_X_KEY_3"],
    ]);
  });

  it("are names that a shell can hold and that are handed on", () => {
    expect(name(["b/2-x", "a.b"], ["b/2-x", "0"], ["b/2-x", "~1"], ["bl/x", "BL_KEY"], ["bl/bl", "BL_KEY"])).toEqual([
      ...["a_b", "SECRET_0", "SECRET__", "X_BL_KEY", "JOB_BL_BL_BL_KEY"],
    ]);
  });
});
