import { Ajv } from "ajv";
import addFormats from "ajv-formats";

const text = { type: "string" };
const place = { type: "integer", minimum: 1 };
const level = { enum: ["none", "note", "warning", "error"] };
const message = object({ text }, ["text"]);

function object(properties: object, required: readonly string[] = []): object {
  return { type: "object", additionalProperties: false, required, properties };
}

/** SARIF 2.1.0, as far as it is written: what section 3 of the standard requires and allows of each object. */
const STRUCTURE = object(
  {
    $schema: { type: "string", format: "uri" },
    version: { enum: ["2.1.0"] },
    runs: {
      type: "array",
      items: object(
        {
          tool: object(
            {
              driver: object(
                {
                  name: text,
                  version: text,
                  rules: {
                    type: "array",
                    uniqueItems: true,
                    items: object({ id: text, shortDescription: message }, ["id"]),
                  },
                },
                ["name"],
              ),
            },
            ["driver"],
          ),
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          invocations: {
            type: "array",
            items: object(
              {
                executionSuccessful: { type: "boolean" },
                toolConfigurationNotifications: {
                  type: "array",
                  items: object(
                    { descriptor: object({ id: text }, ["id"]), level, message, properties: { type: "object" } },
                    ["message"],
                  ),
                },
              },
              ["executionSuccessful"],
            ),
          },
          results: {
            type: "array",
            items: object(
              {
                ruleId: text,
                ruleIndex: { type: "integer", minimum: -1 },
                level,
                message,
                locations: {
                  type: "array",
                  items: object({
                    physicalLocation: object(
                      {
                        artifactLocation: object({ uri: { type: "string", format: "uri-reference" } }),
                        region: object({ startLine: place, startColumn: place, endLine: place, endColumn: place }),
                      },
                      ["artifactLocation"],
                    ),
                  }),
                },
                properties: { type: "object" },
              },
              ["message"],
            ),
          },
        },
        ["tool"],
      ),
    },
  },
  ["version", "runs"],
);

const ajv = new Ajv({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(STRUCTURE);

/** What of a log is not as the standard has it. */
export function sarifFaults(log: unknown): readonly string[] {
  return validate(JSON.parse(JSON.stringify(log)))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message: what }) => `${instancePath} ${what}`);
}
