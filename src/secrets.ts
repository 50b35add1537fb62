import type { SecretRef, SecretTable } from "./model/document.ts";

/** A {@link SecretTable} in memory. */
export function createSecretTable(): SecretTable {
  const byKey = new Map<string, string>();
  return {
    value: (ref: SecretRef) => (ref.key === undefined ? undefined : byKey.get(ref.key)),
    add: (key, value) => {
      byKey.set(key, value);
    },
    values: () => byKey.values(),
  };
}
