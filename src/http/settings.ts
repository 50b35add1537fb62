import { JobwrightError } from "../errors.ts";
import type { TargetConfig } from "../model/config.ts";
import { SecretRef, type SecretTable } from "../model/document.ts";
import type { Env } from "../model/runtime.ts";
import { checkKey } from "./key.ts";
import { allowedOrigins, checkOrigin } from "./origin.ts";

/** What a target's settings are read from. */
export interface SettingsContext {
  readonly target: TargetConfig;
  readonly env: Env;
  readonly secrets: SecretTable;
  /** The vendor's variable: `NIMBLE_BASE_URL`. */
  readonly baseUrlVariable: string;
  readonly defaultBaseUrl: string;
}

/** A credential and what the user set it with. */
export interface Credential {
  readonly value: string;
  readonly name: string;
  /** Finds the value in the secret table. */
  readonly ref: SecretRef;
}

/** The target's base URL, from the config, else the environment, else the default. Throws a JobwrightError. */
export function baseUrlOf({ target, env, baseUrlVariable, defaultBaseUrl }: SettingsContext): {
  readonly base: URL;
  readonly name: string;
} {
  const rules = { allowOrigins: allowedOrigins(env), tlsChecksOff: env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0" };
  if (target.baseUrl !== undefined) {
    const name = `targets.${target.name}.baseUrl`;
    return { base: checkOrigin(target.baseUrl, { ...rules, source: "config", name }), name };
  }
  const named = env[baseUrlVariable];
  const source = named === undefined || named === "" ? "default" : "environment";
  const url = source === "default" ? defaultBaseUrl : (named ?? "");
  return { base: checkOrigin(url, { ...rules, source, name: baseUrlVariable }), name: baseUrlVariable };
}

/**
 * The credential that the config names for the target (`apiKey`); undefined where it names none. It goes to origins only
 * that the environment names or allows. Throws a JobwrightError.
 */
export function configuredKey(context: SettingsContext, base: URL): Credential | undefined {
  const { target, env, secrets, baseUrlVariable } = context;
  if (target.apiKey === undefined) return undefined;
  const from = target.apiKeyFrom === undefined ? "" : ` (${target.apiKeyFrom})`;
  const name = `targets.${target.name}.apiKey${from}`;
  const named = env[baseUrlVariable];
  const byEnvironment = target.baseUrl === undefined && named !== undefined && named !== "";
  if (!byEnvironment && !allowedOrigins(env).includes(base.origin)) {
    const message = `${name} is sent to ${base.origin}, which the environment does not allow for keys that a config file names`;
    throw new JobwrightError("JW2041", "invalid", message, {
      hint: `If this is meant, set JOBWRIGHT_ALLOW_ORIGINS=${base.origin} where jobwright runs.`,
    });
  }
  const ref = new SecretRef(target.apiKeyFrom ?? target.apiKey, target.apiKey);
  return { value: checkKey(secrets.value(ref), name), name, ref };
}

/** The credential in a variable of the vendor's; redacted everywhere from now on. Throws a JobwrightError. */
export function keyFromEnv({ env, secrets }: SettingsContext, variable: string): Credential {
  const value = checkKey(env[variable], variable);
  const ref = new SecretRef(`credential:${variable}`);
  secrets.add(ref.text, value);
  return { value, name: variable, ref };
}
