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

/** Where editors find the schemas: in the jobwright that the project has installed, or as copies among its own files. */
export type SchemaPlace = "installed" | "copied";

/** The folder of the copies, as seen from the config's. */
export const COPIED_SCHEMAS = "schemas/jobwright";

const SCHEMA_FOLDERS: Readonly<Record<SchemaPlace, string>> = {
  installed: "node_modules/jobwright/schemas",
  copied: COPIED_SCHEMAS,
};

function settingsFor(place: SchemaPlace): object {
  return {
    "yaml.schemas": {
      [schemaPath(place, "manifest")]: "jobs/**/*.yaml",
      [schemaPath(place, "config")]: "jobwright.yaml",
    },
  };
}

const EXTENSIONS = { recommendations: ["redhat.vscode-yaml"] };

const IGNORED = ["node_modules/", ".jobwright/"];

/**
 * All files of a new project, in the order in which a reader would open them. `inGit`: the project lies in a Git
 * repository, so that the state can be kept there. `action`: where the workflow gets the action from; with a published one
 * nothing need be installed, so that editors get copies of `schemas`, by name.
 */
export function initFiles(options: {
  readonly inGit: boolean;
  readonly action: ActionSource;
  readonly schemas: Readonly<Record<string, object>>;
}): readonly InitFile[] {
  const place = options.action.kind === "published" ? "copied" : "installed";
  const settings = settingsFor(place);
  const withSchema = ({ path, text }: InitFile, schema: "manifest" | "config"): InitFile => {
    const found = schemaPath(place, schema, path.split("/").length - 1);
    return { path, text: `# yaml-language-server: $schema=${found}\n${text}` };
  };
  return [
    withSchema({ path: "jobwright.yaml", text: configText(options) }, "config"),
    withSchema({ path: "jobs/example-nimble.yaml", text: EXAMPLE_NIMBLE }, "manifest"),
    withSchema({ path: "jobs/example-blaxel.yaml", text: EXAMPLE_BLAXEL }, "manifest"),
    ...(place === "installed" ? [] : schemaFiles(options.schemas)),
    { path: ".github/workflows/jobwright.yml", text: workflowText(options.action) },
    {
      path: ".vscode/settings.json",
      text: jsonText(settings),
      ifKept: `add to it: ${JSON.stringify(settings).slice(1, -1)}`,
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
export function schemaPath(place: SchemaPlace, schema: "manifest" | "config", depth = 0): string {
  return `${depth === 0 ? "./" : "../".repeat(depth)}${SCHEMA_FOLDERS[place]}/${schema}.schema.json`;
}

/** What people write, by schema; the first one refers to the next three by their file names. */
const WRITTEN = ["manifest", "nimble-v1", "nimble-v2", "blaxel", "config"];

function schemaFiles(schemas: Readonly<Record<string, object>>): readonly InitFile[] {
  return WRITTEN.map((name) => ({
    path: `${COPIED_SCHEMAS}/${name}.schema.json`,
    text: jsonText(schemas[name] ?? {}),
  }));
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
