import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { renderJunit } from "../../src/render/junit.ts";

const wrong: Diagnostic = {
  ...{
    code: "JW1101",
    severity: "error",
    message: 'no <b> & "c"',
    hint: "Do it right.",
    frame: "3 | a: <b>\n  |    ^",
  },
  ...{ file: "jobs/a.yaml", line: 3, column: 5 },
};

describe("JUnit", () => {
  it("has a suite for each file: a case for each error, or one that passed", () => {
    const odd: Diagnostic = { code: "JW1023", severity: "warning", message: "odd", file: "jobs/b.yaml", line: 1 };
    expect(renderJunit(["jobs/a.yaml", "jobs/b.yaml", "jobs/c.yaml"], [wrong, { ...wrong, line: 7 }, odd])).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jobwright validate" tests="4" failures="2" errors="0">
  <testsuite name="jobs/a.yaml" tests="2" failures="2" errors="0" skipped="0">
    <testcase name="JW1101 3:5" classname="jobs/a.yaml">
      <failure type="invalid" message="JW1101 no &lt;b&gt; &amp; &quot;c&quot;">jobs/a.yaml:3:5
error JW1101: no &lt;b&gt; &amp; &quot;c&quot;
3 | a: &lt;b&gt;
  |    ^
Do it right.</failure>
    </testcase>
    <testcase name="JW1101 7:5" classname="jobs/a.yaml">
      <failure type="invalid" message="JW1101 no &lt;b&gt; &amp; &quot;c&quot;">jobs/a.yaml:7:5
error JW1101: no &lt;b&gt; &amp; &quot;c&quot;
3 | a: &lt;b&gt;
  |    ^
Do it right.</failure>
    </testcase>
  </testsuite>
  <testsuite name="jobs/b.yaml" tests="1" failures="0" errors="0" skipped="0">
    <testcase name="is valid" classname="jobs/b.yaml"/>
    <system-out>jobs/b.yaml:1:1
warning JW1023: odd</system-out>
  </testsuite>
  <testsuite name="jobs/c.yaml" tests="1" failures="0" errors="0" skipped="0">
    <testcase name="is valid" classname="jobs/c.yaml"/>
  </testsuite>
</testsuites>
`,
    );
  });

  it("has a suite for what has no file", () => {
    const text = renderJunit([], [{ code: "JW5003", severity: "error", message: "no manifest" }]);
    expect(text).toContain('<testsuite name="jobwright" tests="1" failures="1"');
    expect(text).toContain('<testcase name="JW5003" classname="jobwright">');
  });

  it("holds no character that XML cannot hold", () => {
    const text = renderJunit([], [{ ...wrong, message: "\u0000\u001b\ud800\ufffe]]>\u0085", frame: "\u0007" }]);
    expect(text).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/);
    expect(text).toContain("\\x00\\x1b\\ud800");
    expect(text).toContain("]]&gt;");
  });
});
