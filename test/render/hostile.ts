import fc from "fast-check";

/** Pieces that have broken other tools: escapes, direction marks, runner commands, markup, mentions, piles of marks. */
export const NASTY: readonly string[] = [
  "\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "\r\nPlan: 0 to create",
  "\n::error::forged",
  "::add-mask::x",
  "  ::set-output name=a::b",
  "##[error]x",
  "##[endgroup]",
  "\u0085::error::x",
  "\u2028::error::x",
  "\u202egnp.exe",
  "\u2066abc",
  "\u009b2J",
  "\u0000",
  "\ud800",
  "a\u200bb\ufeff",
  "e\u0301".repeat(3),
  `x${"\u0300".repeat(500)}`,
  "```\n# out\n```",
  "~~~~",
  "`code`",
  "</details><img src=x onerror=alert(1)>",
  "<!-- comment -->",
  '"><script>alert(1)</script>',
  "@org/team",
  "#123 GH-7",
  "https://evil.example/x www.evil.example",
  "![i](http://evil.example/i.png)",
  "[l](javascript:alert(1))",
  "| a | b |",
  "a\\|b",
  "$x$",
  "- item",
  "1. item",
  "# heading",
  "$& $1 $`",
  "%0A::error::x",
  "&lt;b&gt;",
  "日本語",
  "👩🏽‍💻",
];

/** A string made of nasty pieces and anything else. */
export const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", maxLength: 12 }), fc.string({ maxLength: 12 })),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(""));

/** Whether a text holds anything that acts on a terminal, line ends aside. */
export function actsOnTerminal(text: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text.replace(/\n|\u200c|\u200d/g, ""));
}

/** Whether a GitHub runner would take a line of the text for a command. */
export function commandsRunner(text: string): boolean {
  return text.split(/[\r\n]/).some((line) => line.trimStart().startsWith("::") || line.includes("##["));
}
