import { JobwrightError } from "../errors.ts";

/** A value as one segment of a path. Throws where no segment can hold it (`.`, `..`, nothing). */
export function encodeSegment(value: string): string {
  const encoded = /\p{Surrogate}/u.test(value) ? "" : encodeURIComponent(value);
  if (encoded === "" || encoded === "." || encoded === "..") throw unsafe(value);
  return encoded;
}

/**
 * The URL of an API path (as `PlannedRequest.path` has it) below a base URL, whose own path stays in front. Refuses every
 * path that a URL parser or a server could read as another one: dot segments in any spelling, empty segments, encoded
 * slashes, query or fragment.
 */
export function buildUrl(base: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  if (!path.startsWith("/") || !path.slice(1).split("/").every(isSafeSegment)) throw unsafe(path);
  const url = new URL(base.href);
  const prefix = url.pathname.replace(/\/+$/, "");
  url.pathname = prefix + path;
  if (url.pathname !== prefix + path || url.origin !== base.origin) throw unsafe(path);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
}

function isSafeSegment(segment: string): boolean {
  if (!/^[A-Za-z0-9._~!$&'()*+,;=:@%-]+$/.test(segment)) return false;
  const decoded = percentDecoded(segment);
  return decoded !== undefined && decoded !== "." && decoded !== ".." && !/[/\\\u0000-\u001f\u007f]/.test(decoded);
}

function percentDecoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function unsafe(value: string): JobwrightError {
  return new JobwrightError("JW2044", "invalid", `${JSON.stringify(value.slice(0, 80))} cannot stand in a URL path`, {
    hint: "Nothing was sent. Names and ids must not be empty, `.` or `..`, nor hold slashes or control characters.",
  });
}
