import { fileURLToPath } from "node:url";

/**
 * The YAML library's code for Node.js prints all that it reads where the environment holds LOG_TOKENS or LOG_STREAM; that
 * for browsers looks at no environment.
 */
export const YAML_FOR_BROWSERS = {
  yaml: fileURLToPath(new URL("../node_modules/yaml/browser/index.js", import.meta.url)),
};
