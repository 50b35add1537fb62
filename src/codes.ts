/**
 * Every code that a user can meet, in one place: docs/errors.md lists the same codes, and a test holds both together.
 * JW1xxx: something in manifests or config (JW10 files and YAML, JW11 schema, JW12 rules, JW13 config and
 * interpolation). JW2xxx: a platform or the way to it. JW3xxx: refused by a safety rule or stale (exit 3).
 * JW4xxx: state, lock, journal. JW5xxx: the command line and this program itself.
 */
export const CODES = {
  JW1000: "errors in manifests or config",
  JW5000: "an error of jobwright itself",
} as const satisfies Record<string, string>;

/** A code of {@link CODES}. */
export type Code = keyof typeof CODES;
