import { describe, expect, it } from "vitest";
import { ApiError, InvalidInputError, RefusedError } from "../../src/errors.ts";
import { renderError } from "../../src/render/error-text.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { redactError } from "../../src/render/redact-error.ts";
import { terminal } from "./builders.ts";

const SECRET = Array.from({ length: 40 }, (_, n) => `word${n}`).join(" ");
const redactor = createRedactor(() => [SECRET]);
const told = (error: unknown): string => renderError(redactError(error, redactor), terminal());

describe("redactError", () => {
  it("takes secrets out of a message, its cause, its hint, before lines are broken", () => {
    const details = { outcome: "not-done", request: "GET /v1/jobs", status: 500, attempts: 2 } as const;
    const error = new ApiError("JW5000", "platform-error", `it said ${SECRET}`, {
      ...details,
      hint: `Not ${SECRET}.`,
      cause: new Error(`because ${SECRET}`),
    });
    expect(told(error)).toBe(
      ["Error JW5000: it said ***", "  GET /v1/jobs, 500, try 2", "  Cause: because ***", "  Not ***."].join("\n"),
    );
    expect(renderError(error, terminal())).toContain("word39");
  });

  it("does the same for refusals, diagnostics, errors of our own and whatever is thrown", () => {
    const refusal = { code: "JW3001", message: `m ${SECRET}`, hint: `h ${SECRET}` };
    expect(told(new RefusedError([refusal]))).toContain("JW3001 m ***\n    h ***");
    const diagnostic = { code: "JW1101", severity: "error", message: SECRET, hint: SECRET, frame: `1 | ${SECRET}` };
    expect(told(new InvalidInputError([{ ...diagnostic, severity: "error" }]))).toBe(
      [
        "  error JW1101: ***",
        "    1 | ***",
        "  ***",
        "",
        "1 error.",
        "Nothing was sent. Fix what is listed and run again.",
      ].join("\n"),
    );
    for (const [thrown, what] of [
      [new TypeError(SECRET), "TypeError"],
      [SECRET, "string"],
      // Only what the system says of a call is told in full.
      [Object.assign(new Error(`EACCES: open '${SECRET}'`), { syscall: "open" }), "EACCES: open '***'"],
    ] as const) {
      expect(told(thrown)).toContain(`Error JW5000: jobwright itself failed (${what})\n`);
    }
  });

  it("leaves the error itself as it is", () => {
    const error = new RefusedError([{ code: "JW3001", message: SECRET, hint: "" }], "stale");
    const copy = redactError(error, redactor);
    expect(copy).toBeInstanceOf(RefusedError);
    expect(copy).toMatchObject({ reason: "stale", code: "JW3001", message: "***" });
    expect(error.refusals[0]?.message).toBe(SECRET);
  });
});
