import type { Random } from "../../world/random.ts";
import { between, happens } from "./chance.ts";
import type { JsonSchema } from "./json-schema.ts";

// Numbers as a well-behaved sender writes them: mostly small, seldom nothing, with at most two decimals, and within what the schema says.

const usual = { least: 0, most: 10_000 };
/** Where numbers are names: enough of them that two are hardly ever alike. */
const asNames = { least: 1, most: 999_999_999 };

/** @param names whether it names something, so that two should differ. */
export function drawNumber(schema: JsonSchema, random: Random, integer: boolean, names: boolean): number {
  const step = Number(schema.multipleOf ?? (integer || names || happens(random, 0.3) ? 1 : 0.01));
  const decimals = decimalsOf(step);
  const { least, most } = bounds(schema, step, names ? asNames : usual);
  const first = Math.ceil(least / step);
  const last = Math.floor(most / step);
  return Number((between(random, first, Math.max(first, last)) * step).toFixed(decimals));
}

function bounds(
  schema: JsonSchema,
  step: number,
  wanted: { least: number; most: number },
): { least: number; most: number } {
  const least = Math.max(bound(schema.minimum, -Infinity), bound(schema.exclusiveMinimum, -Infinity) + step);
  const most = Math.min(bound(schema.maximum, Infinity), bound(schema.exclusiveMaximum, Infinity) - step);
  // What is usual, as far as it is allowed; else as many steps from the bound that is nearest.
  const span = wanted.most - wanted.least;
  if (least > wanted.most) return { least, most: Math.min(most, least + span * step) };
  if (most < wanted.least) return { least: Math.max(least, most - span * step), most };
  return { least: Math.max(least, wanted.least), most: Math.min(most, wanted.most) };
}

const bound = (given: unknown, otherwise: number): number => (typeof given === "number" ? given : otherwise);

function decimalsOf(step: number): number {
  const [, fraction = "", exponent = "0"] = /^\d+(?:\.(\d+))?(?:e-(\d+))?$/.exec(String(step)) ?? [];
  return Math.min(100, fraction.length + Number(exponent));
}
