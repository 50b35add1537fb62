import { CODES, type Code } from "../codes.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { visible } from "./safe.ts";

/** What of SARIF 2.1.0 is written: the parts that code scanning reads. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly [SarifRun];
}

interface SarifRun {
  readonly tool: {
    readonly driver: { readonly name: string; readonly version: string; readonly rules: readonly SarifRule[] };
  };
  readonly columnKind: "utf16CodeUnits";
  readonly invocations: readonly [SarifInvocation];
  readonly results: readonly SarifResult[];
}

interface SarifRule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
}

interface SarifInvocation {
  /** Whether everything could be looked at; a problem in a manifest is a result, not a failure. */
  readonly executionSuccessful: boolean;
  readonly toolConfigurationNotifications: readonly {
    readonly descriptor: { readonly id: string };
    readonly level: Diagnostic["severity"];
    readonly message: { readonly text: string };
    readonly properties: { readonly reason?: "invalid" };
  }[];
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: Diagnostic["severity"];
  readonly message: { readonly text: string };
  readonly locations: readonly [{ readonly physicalLocation: SarifPlace }];
  /** `reason`: of the vocabulary of results; warnings have none. */
  readonly properties: { readonly reason?: "invalid"; readonly address?: string };
}

interface SarifPlace {
  readonly artifactLocation: { readonly uri: string };
  readonly region?: {
    readonly startLine: number;
    readonly startColumn?: number;
    readonly endLine?: number;
    readonly endColumn?: number;
  };
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/**
 * Problems as a SARIF log. Those in a file are results; those without a file are notifications of the run, since
 * readers want a place for each result. `version` is the tool's.
 */
export function sarifLog(diagnostics: readonly Diagnostic[], version: string): SarifLog {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const elsewhere = diagnostics.filter(({ file }) => file === undefined);
  const invocation: SarifInvocation = {
    executionSuccessful: elsewhere.every(({ severity }) => severity !== "error"),
    toolConfigurationNotifications: elsewhere.map((diagnostic) => ({
      descriptor: { id: diagnostic.code },
      level: diagnostic.severity,
      message: { text: textOf(diagnostic) },
      properties: reasonOf(diagnostic),
    })),
  };
  const run: SarifRun = {
    tool: {
      driver: {
        name: "jobwright",
        version,
        rules: codes.map((id) => ({ id, shortDescription: { text: titleOf(id) } })),
      },
    },
    columnKind: "utf16CodeUnits",
    invocations: [invocation],
    results: diagnostics.flatMap((diagnostic) => resultsOf(diagnostic, codes)),
  };
  return { $schema: SCHEMA, version: "2.1.0", runs: [run] };
}

function resultsOf(diagnostic: Diagnostic, codes: readonly string[]): readonly SarifResult[] {
  const { code, severity, file, address } = diagnostic;
  if (file === undefined) return [];
  return [
    {
      ruleId: code,
      ruleIndex: codes.indexOf(code),
      level: severity,
      message: { text: textOf(diagnostic) },
      locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...regionOf(diagnostic) } }],
      properties: {
        ...reasonOf(diagnostic),
        ...(address === undefined ? {} : { address }),
      },
    },
  ];
}

/** Whatever is wrong in what somebody wrote is `invalid`. */
function reasonOf({ severity }: Diagnostic): { readonly reason?: "invalid" } {
  return severity === "error" ? { reason: "invalid" } : {};
}

/** Our ends, like SARIF's, are after the last character. */
function regionOf({ line, column, endLine, endColumn }: Diagnostic): Pick<SarifPlace, "region"> {
  if (line === undefined) return {};
  return {
    region: {
      startLine: line,
      ...(column === undefined ? {} : { startColumn: column }),
      ...(endLine === undefined ? {} : { endLine }),
      ...(endColumn === undefined ? {} : { endColumn }),
    },
  };
}

function textOf({ message, hint = "" }: Diagnostic): string {
  return [message, hint]
    .filter((part) => part !== "")
    .map(visible)
    .join("\n");
}

function titleOf(code: string): string {
  return Object.hasOwn(CODES, code) ? CODES[code as Code] : code;
}

/** Relative to the project's root. */
function uriOf(file: string): string {
  return file
    .split("/")
    .map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, "\ufffd")))
    .join("/");
}
