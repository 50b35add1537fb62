import { JobwrightError } from "../errors.ts";

const LONGEST_KEY = 10_240;

/**
 * Checks a credential before anything is sent with it. `name` is what the user set (`NIMBLE_API_KEY`); the value never
 * appears in an error. Throws a JobwrightError (`auth`).
 */
export function checkKey(value: string | undefined, name: string): string {
  if (value === undefined || value === "") {
    throw new JobwrightError("JW2050", "auth", `no credentials: ${name} is not set`, {
      hint: `Set ${name} in the environment.`,
    });
  }
  const fault = keyFault(value);
  if (fault === undefined) return value;
  throw new JobwrightError("JW2051", "auth", `${name} ${fault}`, {
    hint: `Nothing was sent. Set ${name} to the bare key, just as the platform shows it.`,
  });
}

function keyFault(value: string): string | undefined {
  if (value.length > LONGEST_KEY) return "is longer than 10 KB";
  if (/[\r\n]/.test(value)) return "holds a line break";
  if (/^(bearer|basic)\s/i.test(value)) return "starts with a scheme such as `Bearer `, which is added by itself";
  if (/\s/.test(value)) return "holds a space";
  if (/["'`]/.test(value)) return "holds a quotation mark";
  return /^[\x21-\x7e]+$/.test(value) ? undefined : "holds a character that no key has (not printable ASCII)";
}
