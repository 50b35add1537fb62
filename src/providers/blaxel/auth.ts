import type { ApiClient, Auth } from "../../http/api.ts";
import { badPage, countIn } from "../../http/listing.ts";
import type { SecretTable } from "../../model/document.ts";
import { own } from "../../model/document.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Clock } from "../../model/runtime.ts";

const SHORTEST_LIFE_MS = 60_000;
const LONGEST_MARGIN_MS = 300_000;

/** What tokens are got with. */
export interface TokenOptions {
  /** Known only after the client, which needs this in turn, is made. */
  readonly client: () => ApiClient;
  /** `BL_CLIENT_CREDENTIALS`: what follows `Basic`. */
  readonly credentials: string;
  readonly clock: Clock;
  readonly secrets: SecretTable;
}

interface Token {
  readonly headers: Readonly<Record<string, string>>;
  /** Monotonic; from then on a new one is asked for. */
  readonly until: number;
}

/**
 * Client credentials: a token is asked for at the first request, again well before it ends (by a clock that nobody
 * sets), and once more after a 401. However many requests need one at a time, one is asked for.
 * Source: `POST <base>/oauth/token`.
 */
export function createTokenAuth(options: TokenOptions): Auth {
  let token: Token | undefined;
  let pending: Promise<Token> | undefined;
  let count = 0;
  const fetchToken = async (): Promise<Token> => {
    const answer = await options.client().request({
      method: "POST",
      path: "/oauth/token",
      body: JSON.stringify({ grant_type: "client_credentials" }),
      kind: "read",
      about: "collection",
      label: "token",
      authorization: { authorization: `Basic ${options.credentials}` },
    });
    const { value, lifeMs } = tokenIn(answer.json, (what) => badPage(answer.request, "token", what));
    count += 1;
    options.secrets.add(`credential:BL_CLIENT_CREDENTIALS#token${count}`, value);
    const margin = Math.min(LONGEST_MARGIN_MS, lifeMs / 5);
    return { headers: { authorization: `Bearer ${value}` }, until: options.clock.monotonic() + lifeMs - margin };
  };
  const renewed = async (): Promise<Token> => {
    pending ??= fetchToken().finally(() => {
      pending = undefined;
    });
    token = await pending;
    return token;
  };
  return {
    headers: async () => {
      const valid = token !== undefined && options.clock.monotonic() < token.until ? token : await renewed();
      return valid.headers;
    },
    renew: async (refused) => {
      if (token === undefined || token.headers["authorization"] === refused["authorization"]) await renewed();
      return true;
    },
  };
}

function tokenIn(
  json: Json | undefined,
  bad: (what: string) => Error,
): { readonly value: string; readonly lifeMs: number } {
  const value = isJsonObject(json) ? own(json, "access_token") : undefined;
  if (typeof value !== "string" || !/^[\x21-\x7e]{1,16384}$/.test(value)) throw bad("the answer holds no token");
  const said = isJsonObject(json) ? own(json, "expires_in") : undefined;
  const seconds = countIn(typeof said === "string" && /^\d{1,9}$/.test(said) ? Number(said) : said) ?? 0;
  return { value, lifeMs: Math.max(SHORTEST_LIFE_MS, seconds * 1000) };
}
