import { JobwrightError } from "../errors.ts";
import type { Env } from "../model/runtime.ts";

/** Where a base URL comes from decides how far it is trusted. */
export interface OriginRules {
  /** `config`: a file in the repository, which a pull request can change. */
  readonly source: "environment" | "config" | "default";
  /** What the user set, for messages: `NIMBLE_BASE_URL`, `targets.eu.baseUrl`. */
  readonly name: string;
  /** Origins that the environment allows config files to name. */
  readonly allowOrigins: readonly string[];
  /** `NODE_TLS_REJECT_UNAUTHORIZED=0` is set. */
  readonly tlsChecksOff?: boolean;
}

/**
 * Checks a base URL that credentials will be sent to, and answers it parsed. https is fine anywhere, http only to
 * literal loopback after normalisation (`localhost` too: the transport connects it to loopback addresses only). The path
 * (`/v0`) is kept. Throws a JobwrightError (`invalid`).
 */
export function checkOrigin(baseUrl: string, rules: OriginRules): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw unusable(rules, "is not an http(s) URL");
  }
  if (url.username !== "" || url.password !== "") throw unusable(rules, "holds a user name or password");
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(baseUrl))
    throw unusable(rules, "holds a query or a fragment");
  if (/\/\/|\\|%2e|%2f/i.test(url.pathname)) throw unusable(rules, "has a path that servers may read differently");
  if (url.hostname.endsWith(".") && url.hostname !== "localhost.")
    throw unusable(rules, "has a host that ends in a dot");
  const loopback = isLoopbackHost(url.hostname);
  if (url.protocol === "http:" && !loopback) throw plainHttp(url, rules);
  if (url.protocol === "https:" && !loopback && rules.tlsChecksOff === true) throw checksOff(url);
  if (rules.source === "config" && !rules.allowOrigins.includes(url.origin)) throw notAllowed(url, rules);
  return url;
}

/**
 * Whether a host as a URL parser writes it is this machine: 127.0.0.0/8, [::1] (also as IPv4 mapped), `localhost`.
 * 0.0.0.0 is not.
 */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === "localhost" || hostname === "localhost.") return true;
  return isLoopbackAddress(hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);
}

/** Whether an IP address is loopback. */
export function isLoopbackAddress(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || address === "::1" || /^::ffff:(7f[0-9a-f]{2}:|127\.)/i.test(address);
}

/** The origins of `JOBWRIGHT_ALLOW_ORIGINS`, a comma-separated list. Throws a JobwrightError for what is none. */
export function allowedOrigins(env: Env): readonly string[] {
  const entries = (env["JOBWRIGHT_ALLOW_ORIGINS"] ?? "").split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "").map(originOf);
}

function originOf(entry: string): string {
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.username === "")
    return url.origin;
  throw new JobwrightError("JW2041", "invalid", "JOBWRIGHT_ALLOW_ORIGINS holds something that is not an origin", {
    hint: "Write origins such as https://api.example.com, separated by commas, without paths.",
  });
}

function unusable(rules: OriginRules, why: string): JobwrightError {
  return new JobwrightError("JW2040", "invalid", `the base URL in ${rules.name} ${why}`, {
    hint: "Nothing was sent. A base URL looks like https://api.example.com or https://api.example.com/v0.",
  });
}

function plainHttp(url: URL, rules: OriginRules): JobwrightError {
  return new JobwrightError("JW2042", "invalid", `${rules.name} names plain http to ${url.host}`, {
    hint: "Nothing was sent. Credentials go over https only; http is for this machine (127.0.0.1, [::1], localhost).",
  });
}

function checksOff(url: URL): JobwrightError {
  const message = `NODE_TLS_REJECT_UNAUTHORIZED=0 would send credentials to anybody who answers as ${url.host}`;
  return new JobwrightError("JW2043", "tls", message, {
    hint: "Nothing was sent. Unset it; for a certificate authority of your own set NODE_EXTRA_CA_CERTS.",
  });
}

function notAllowed(url: URL, rules: OriginRules): JobwrightError {
  const message = `${rules.name} would send credentials to ${url.origin}, which the environment does not allow`;
  return new JobwrightError("JW2041", "invalid", message, {
    hint: `A config file in the repository must not choose alone where keys go. If this is meant, set JOBWRIGHT_ALLOW_ORIGINS=${url.origin} where jobwright runs.`,
  });
}
