import { html, raw } from "hono/html";
import type { Flow } from "./flow.ts";

// Plots as inline SVG: bars, because counts in stretches of time are bars. They stretch to whatever width there is, so they hold no text; what they mean
// stands beside them, and their numbers in a table.

export type Html = ReturnType<typeof html>;

/** From the bottom up. */
export const parts = ["delivered", "letGo", "underWay", "needPerson"] as const;
export type Part = (typeof parts)[number];

const height = 120;
const step = 10;
const barWidth = 8;
/** What is there is seen, however little it is. */
const leastHeight = 2;

/** Bars of what came, cut by where it is now. */
export function flowBars(slots: readonly Flow[], label: string): Html {
  const most = Math.max(1, ...slots.map(({ came }) => came));
  const bars = slots.map((slot, at) => stacked(slot, at, most)).join("");
  const width = Math.max(1, slots.length) * step;
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${raw(bars)}</svg>`;
}

/** Only numbers and names of ours go in here: nothing to escape. */
function stacked(slot: Flow, at: number, most: number): string {
  let top = height;
  return parts
    .filter((part) => slot[part] > 0)
    .map((part) => {
      const tall = Math.max(leastHeight, (slot[part] / most) * (height - parts.length * leastHeight));
      top -= tall;
      return `<rect class="${part}" x="${at * step + (step - barWidth) / 2}" y="${rounded(top)}" width="${barWidth}" height="${rounded(tall)}"/>`;
    })
    .join("");
}

/** A small one, for a line of a table. What needs a person stands on top of the rest. */
export function sparkBars(numbers: readonly number[], label: string, needPerson: readonly number[] = []): Html {
  const wholes = numbers.map((count, at) => count + (needPerson[at] ?? 0));
  const most = Math.max(1, ...wholes);
  const tall = (count: number): number => (count === 0 ? 0 : Math.max(1.5, (count / most) * 24));
  const bar = (at: number, top: number, height: number, part: string): string =>
    height <= 0 ? "" : `<rect${part} x="${at * 4}" y="${rounded(24 - top)}" width="3" height="${rounded(height)}"/>`;
  const bars = wholes
    .map((whole, at) => {
      const top = tall(whole);
      const marked = Math.min(top, tall(needPerson[at] ?? 0));
      return bar(at, top - marked, top - marked, "") + bar(at, top, marked, ' class="needPerson"');
    })
    .join("");
  const width = Math.max(1, numbers.length) * 4;
  return html`<svg class="spark" viewBox="0 0 ${width} 24" preserveAspectRatio="none" role="img" aria-label="${label}">${raw(bars)}</svg>`;
}

const rounded = (number: number): number => Math.round(number * 100) / 100;
