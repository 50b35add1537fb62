/**
 * How readers with YAML 1.1 in mind (Go's, so `bl apply`) take a plain scalar that YAML 1.2 takes otherwise: a phrase
 * such as `the number 511`, or undefined where both agree.
 */
export function otherReading(source: string): string | undefined {
  // The quick way out for nearly all text.
  if (!/^[yYnNoO0-9+-]/.test(source) || source.length > 64) return undefined;
  if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(source)) return "true";
  if (/^(?:n|N|no|No|NO|off|Off|OFF)$/.test(source)) return "false";
  if (/^[-+]?0[0-7_]+$/.test(source)) {
    const number = octal(source);
    return number === Number(source) ? undefined : `the octal number ${number}`;
  }
  if (/^[-+]?0[0-9_]+$/.test(source)) return "no such number";
  if (/^[-+]?0b[01_]+$/.test(source)) return "a binary number";
  if (/^[-+]?0x[0-9a-fA-F_]+$/.test(source)) return source.includes("_") ? "a number" : undefined;
  if (/^[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$/.test(source))
    return source.includes("_") ? "a number" : undefined;
  if (/^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(source)) return "a number in base 60";
  if (/^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?)?)?$/.test(source))
    return "a date";
  return undefined;
}

function octal(source: string): number {
  const digits = source.replace(/^[-+]/, "").replaceAll("_", "");
  return Number.parseInt(digits, 8) * (source.startsWith("-") ? -1 : 1);
}
