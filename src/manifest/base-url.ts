/** Why a base URL is refused. Never holds the URL's user or password. */
export interface BaseUrlProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * Checks a base URL that a config file names: https, or http to this machine (decided on the host as it will be used,
 * not as it is written); no user, query or fragment. Whether its origin may be used at all is decided elsewhere.
 */
export function checkBaseUrl(text: string): BaseUrlProblem | undefined {
  if (/[\s\\]/.test(text) || !URL.canParse(text)) {
    return { message: "the base URL cannot be read", hint: "Write it whole, such as https://api.blaxel.ai/v0." };
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return { message: "the base URL holds a user or password", hint: "Remove it; keys come from the environment." };
  }
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text)) {
    return { message: "the base URL holds a query or fragment", hint: "Remove what follows ? or #." };
  }
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:")
    return { message: `the base URL is ${url.protocol} instead of https:`, hint: "Write https://." };
  if (/^127(?:\.\d{1,3}){3}$/.test(url.hostname) || url.hostname === "[::1]" || url.hostname === "localhost")
    return undefined;
  return {
    message: "the base URL is plain http, and not of this machine",
    hint: "Write https://; http is for 127.0.0.1, [::1] and localhost only.",
  };
}
