import { type Figure, isMet, targetWords, valueWords } from "./results.ts";

const ROW = 34;
const LEFT = 250;
const WIDTH = 760;
const BAR = WIDTH - LEFT - 150;

/**
 * Every figure that has a target as a bar of how much of it is used up, in SVG: at the line a target is just met,
 * whichever way it points.
 */
export function chartOf(figures: readonly Figure[], machine: string): string {
  const judged = figures.filter((figure) => targetWords(figure) !== "");
  const height = judged.length * ROW + 70;
  const rows = judged.map((figure, i) => row(figure, 50 + i * ROW)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="13">
<title id="title">Benchmark figures and their targets</title>
<style>
  text { fill: #1f2328 } .soft { fill: #59636e } .bar { fill: #2da44e } .missed { fill: #cf222e } .line { stroke: #59636e; stroke-dasharray: 4 3 } .ground { fill: #fff }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } .bar { fill: #3fb950 } .missed { fill: #f85149 } .line { stroke: #9198a1 } .ground { fill: #0d1117 } }
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text x="16" y="24" font-weight="600">How much of each target is used up</text>
<text class="soft" x="${WIDTH - 16}" y="24" text-anchor="end" font-size="11">${escaped(machine)}</text>
${rows}
<line class="line" x1="${LEFT + BAR / SCALE}" x2="${LEFT + BAR / SCALE}" y1="40" y2="${height - 24}"/>
<text class="soft" x="${LEFT + BAR / SCALE}" y="${height - 8}" text-anchor="middle" font-size="11">target</text>
</svg>
`;
}

/** A bar of full length is so many times the target. */
const SCALE = 1.5;

function row(figure: Figure, y: number): string {
  const length = Math.min(BAR, (BAR / SCALE) * used(figure));
  const shown = length.toFixed(1);
  return `<text x="16" y="${y + 13}">${escaped(figure.id)}</text>
<rect class="${isMet(figure) ? "bar" : "missed"}" x="${LEFT}" y="${y}" width="${shown}" height="18" rx="2"/>
<text x="${(LEFT + Math.max(length, BAR / SCALE) + 10).toFixed(1)}" y="${y + 13}">${valueWords(figure)} <tspan class="soft">(${escaped(targetWords(figure))})</tspan></text>`;
}

/** The part of what a target allows that was needed: 1 where it is just met. */
function used({ value, most, least }: Figure): number {
  if (most !== undefined) return most === 0 ? (value === 0 ? 0.02 : SCALE) : value / most;
  return value === 0 ? SCALE : (least ?? 0) / value;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
