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
export const SCHEMA_FOLDER = "node_modules/jobwright/schemas";

const SETTINGS = {
  "yaml.schemas": {
    [`./${SCHEMA_FOLDER}/manifest.schema.json`]: "jobs/**/*.yaml",
    [`./${SCHEMA_FOLDER}/config.schema.json`]: "jobwright.yaml",
  },
};

const IGNORED = ["node_modules/", ".jobwright/"];

/**
 * All files of a new project, in the order in which a reader would open them. `inGit`: the project lies in a Git
 * repository, so that the state can be kept there. `action`: where the workflow gets the action from.
 */
export function initFiles(options: { readonly inGit: boolean; readonly action: ActionSource }): readonly InitFile[] {
  return [
    { path: "jobwright.yaml", text: configText(options) },
    { path: "jobs/example-nimble.yaml", text: EXAMPLE_NIMBLE },
    { path: "jobs/example-blaxel.yaml", text: EXAMPLE_BLAXEL },
    { path: ".github/workflows/jobwright.yml", text: workflowText(options.action) },
    {
      path: ".vscode/settings.json",
      text: `${JSON.stringify(SETTINGS, null, 2)}\n`,
      ifKept: `add to it: ${JSON.stringify(SETTINGS).slice(1, -1)}`,
    },
    {
      path: ".gitignore",
      text: `${IGNORED.join("\n")}\n`,
      ifKept: `it should have the lines ${IGNORED.join(", ")}`,
    },
  ];
}
