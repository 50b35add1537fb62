/**
 * What is never put into a manifest, whoever asks: a pull request could otherwise write the tool's own keys into a job's
 * description, where anybody reads them.
 */

const CREDENTIAL = /^(?:NIMBLE|BL|BLAXEL)_(?:.*_)?(?:API_?)?(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?|HEADERS)S?$/;
const RUNNER = /^(?:ACTIONS_|INPUT_|JOBWRIGHT_)|^(?:GITHUB|GH|GITLAB|CI_JOB|NODE_AUTH)_TOKEN$|^CI_JOB_JWT/;

/** Whether an environment variable is a credential of the tool or the runner. Case does not matter. */
export function isForbiddenVariable(name: string, named: ReadonlySet<string>): boolean {
  const upper = name.toUpperCase();
  return CREDENTIAL.test(upper) || RUNNER.test(upper) || named.has(upper);
}

/** Whether a variable may not even hold a target's key: it is the runner's, or another purpose's. */
export function isForbiddenKey(name: string): boolean {
  return RUNNER.test(name.toUpperCase());
}

const CREDENTIAL_FILES =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:\.pub)?|credentials(?:\.json|\.toml|\.ya?ml)?|_?netrc|application_default_credentials\.json)$/i;

/**
 * Why a file (relative to the project root, `/` between folders) may not be interpolated, or undefined. Asked twice: of
 * the path as written, and of what it leads to.
 */
export function forbiddenPath(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "it names no file";
  if (path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:/.test(path))
    return "it must be relative to the project root";
  const segments = path.split(/[/\\]/);
  if (segments.includes("..")) return "it leads out of the project";
  if (segments.some((segment) => segment.startsWith(".") && segment !== ".")) {
    return "files and folders whose name begins with a dot hold credentials too often";
  }
  if (segments.some((segment) => CREDENTIAL_FILES.test(segment))) return "files of this name hold credentials";
  return undefined;
}
