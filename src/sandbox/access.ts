import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { DEFAULT_ACCOUNT, type SandboxOptions } from "./options.ts";

/** How long a token of the vendor lives, in seconds. */
const TOKEN_SECONDS = 7200;

/** Who a request comes from. */
export interface Caller {
  /** The bearer key or token. */
  readonly key: string;
  /** The Nimble account that the key belongs to. */
  readonly account: string;
  /** Whether `show_secrets` works. */
  readonly admin: boolean;
}

/** Decides which keys are good, and makes tokens. */
export interface Access {
  /** Undefined where there is no bearer key, a wrong one, or a token that has expired. */
  caller(authorization: string | null | undefined): Caller | undefined;
  /** A token for client credentials (what follows `Basic`), or undefined where they are wrong. */
  token(authorization: string | null | undefined): { readonly token: string; readonly seconds: number } | undefined;
}

/** The access rules of a sandbox. Tokens are good in this process only. */
export function createAccess(options: SandboxOptions, now: () => Date): Access {
  const { key, adminKeys, accounts = {}, clientCredentials = key, tokenSeconds: seconds = TOKEN_SECONDS } = options;
  const secret = randomBytes(32);
  const known = key === undefined ? undefined : new Set([key, ...(adminKeys ?? []), ...Object.keys(accounts)]);
  const sign = (payload: string) => createHmac("sha256", secret).update(payload).digest("base64url");
  return {
    caller(authorization) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (bearer === undefined) return undefined;
      const account = (Object.hasOwn(accounts, bearer) ? accounts[bearer] : undefined) ?? DEFAULT_ACCOUNT;
      const admin = adminKeys === undefined || adminKeys.includes(bearer);
      if (bearer.startsWith(TOKEN_HEAD)) {
        return isLiveToken(bearer, sign, now()) ? { key: bearer, account, admin } : undefined;
      }
      return known && !known.has(bearer) ? undefined : { key: bearer, account, admin };
    },
    token(authorization) {
      const basic = /^Basic +(\S+)$/i.exec(authorization ?? "")?.[1];
      if (basic === undefined || (clientCredentials !== undefined && basic !== clientCredentials)) return undefined;
      const expires = Math.floor(now().getTime() / 1000) + seconds;
      const payload = encode({ iss: "jobwright-sandbox", exp: expires, jti: randomBytes(6).toString("hex") });
      return { token: `${TOKEN_HEAD}.${payload}.${sign(payload)}`, seconds };
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const TOKEN_HEAD = encode({ alg: "HS256", typ: "JWT", kid: "jobwright-sandbox" });

function isLiveToken(token: string, sign: (payload: string) => string, now: Date): boolean {
  const [, payload = "", signature = ""] = token.split(".");
  const wanted = Buffer.from(sign(payload));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return false;
  const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { readonly exp: number };
  return now.getTime() < exp * 1000;
}
