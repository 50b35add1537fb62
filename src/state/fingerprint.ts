import { createHmac, scryptSync } from "node:crypto";

/** How the fingerprints of secrets are made. */
export interface FingerprintOptions {
  /** `JOBWRIGHT_STATE_KEY`; empty means none. */
  readonly stateKey?: string;
  /** The state's salt, hex. */
  readonly salt: string;
}

// 16 MiB and about 30 ms a value: dear for who guesses, bearable for a few hundred distinct secrets.
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const;

/**
 * A function from a secret's value to its fingerprint, from which the value cannot be had. With a state key it is
 * `hmac-sha256:<which key>:<hex>`, else `scrypt:<hex>`, which is slow by intent: results are kept for the run.
 */
export function createFingerprint(options: FingerprintOptions): (value: string) => string {
  const known = new Map<string, string>();
  const make = options.stateKey ? hmac(options.stateKey, options.salt) : scrypt(options.salt);
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const made = make(value);
    known.set(value, made);
    return made;
  };
}

function hmac(stateKey: string, salt: string): (value: string) => string {
  const key = createHmac("sha256", stateKey).update(`jobwright state ${salt}`).digest();
  // Names the key without giving it away, so that another key is not taken for other secrets.
  const which = createHmac("sha256", key).update("key id").digest("hex").slice(0, 8);
  return (value) => `hmac-sha256:${which}:${createHmac("sha256", key).update(`value ${value}`).digest("hex")}`;
}

function scrypt(salt: string): (value: string) => string {
  return (value) => `scrypt:${scryptSync(value, Buffer.from(salt, "hex"), 32, SCRYPT).toString("hex")}`;
}
