import type { ProviderId } from "../model/job.ts";
import { quote } from "./quote.ts";

/** Why a platform cannot hold a name. */
export interface NameProblem {
  readonly message: string;
  readonly hint: string;
}

/** Checks a job's name before any path is built of it. */
export function checkName(name: string, provider: ProviderId): NameProblem | undefined {
  return provider === "blaxel" ? checkBlaxelName(name) : checkNimbleName(name);
}

/** Source: Blaxel's Metadata.name: lowercase alphanumeric with hyphens, at most 49 characters. */
function checkBlaxelName(name: string): NameProblem | undefined {
  const hint =
    "Blaxel's names hold lowercase letters, digits and hyphens, begin with a letter or digit, and have at most 49 characters.";
  if (name.length > 49) return { message: `the name ${quote(name)} has ${name.length} characters`, hint };
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return undefined;
  return { message: `the name ${quote(name)} is not one that Blaxel takes`, hint };
}

function checkNimbleName(name: string): NameProblem | undefined {
  const bad = (why: string): NameProblem => ({
    message: `the name ${quote(name)} ${why}`,
    hint: "Choose a name without /, %, ?, # and control characters, of at most 255 characters.",
  });
  if (name === "") return bad("is empty");
  if (name === "." || name === "..") return bad("means a folder in a path");
  const character = /[/%?#\\]|[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.exec(name)?.[0];
  if (character !== undefined) return bad(`holds ${quote(character)}`);
  if (name.startsWith("-")) return bad("begins with -, like a flag");
  if (name.trim() !== name) return bad("begins or ends with white space");
  if (Array.from(name).length > 255) return bad("is longer than 255 characters");
  return undefined;
}
