// Prints `tests: N passed, N failed` from vitest's JSON report (the only argument). Exits with 1 where a test failed or none ran.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Counts of a report. A file that could not be loaded has no tests in the report and counts as one that failed. */
export function countTests(report) {
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

function main(file) {
  let counts;
  try {
    counts = countTests(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    console.error(`There is no test report to count: ${error.message}`);
    return 1;
  }
  console.log(`tests: ${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv[2]);
