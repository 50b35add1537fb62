import { configText } from "./config-text.ts";
import { EXAMPLE_BLAXEL, EXAMPLE_NIMBLE } from "./example-texts.ts";
import { type ActionSource, workflowText } from "./workflow-text.ts";

/** A file that `init` writes where there is none. */
export interface InitFile {
  /** Relative to the folder of the config, with `/`. */
  readonly path: string;
  readonly text: string;
  /** What to do by hand where the file was there already and is kept. */
  readonly ifKept?: string;
}

/** Where the schemas stand once jobwright is installed in the project. */
const SCHEMA_FOLDER = "node_modules/jobwright/schemas";

const SETTINGS = {
  "yaml.schemas": {
    [schemaPath("manifest")]: "jobs/**/*.yaml",
    [schemaPath("config")]: "jobwright.yaml",
  },
};

const EXTENSIONS = { recommendations: ["redhat.vscode-yaml"] };

const IGNORED = ["node_modules/", ".jobwright/"];

/**
 * All files of a new project, in the order in which a reader would open them. `inGit`: the project lies in a Git
 * repository, so that the state can be kept there. `action`: where the workflow gets the action from.
 */
export function initFiles(options: { readonly inGit: boolean; readonly action: ActionSource }): readonly InitFile[] {
  return [
    withSchema({ path: "jobwright.yaml", text: configText(options) }, "config"),
    withSchema({ path: "jobs/example-nimble.yaml", text: EXAMPLE_NIMBLE }, "manifest"),
    withSchema({ path: "jobs/example-blaxel.yaml", text: EXAMPLE_BLAXEL }, "manifest"),
    { path: ".github/workflows/jobwright.yml", text: workflowText(options.action) },
    {
      path: ".vscode/settings.json",
      text: jsonText(SETTINGS),
      ifKept: `add to it: ${JSON.stringify(SETTINGS).slice(1, -1)}`,
    },
    { path: ".vscode/extensions.json", text: jsonText(EXTENSIONS) },
    {
      path: ".gitignore",
      text: `${IGNORED.join("\n")}\n`,
      ifKept: `it should have the lines ${IGNORED.join(", ")}`,
    },
  ];
}

/** The path of a schema, as seen from so many folders below the project's. */
export function schemaPath(schema: "manifest" | "config", depth = 0): string {
  return `${depth === 0 ? "./" : "../".repeat(depth)}${SCHEMA_FOLDER}/${schema}.schema.json`;
}

/** With the line by which editors find the schema of the YAML document that it stands in. */
function withSchema({ path, text }: InitFile, schema: "manifest" | "config"): InitFile {
  return { path, text: `# yaml-language-server: $schema=${schemaPath(schema, path.split("/").length - 1)}\n${text}` };
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
