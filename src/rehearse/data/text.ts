import type { Random } from "../../world/random.ts";
import { pick } from "./chance.ts";
import { code, formatNames, formats, phrase } from "./formats.ts";
import type { JsonSchema } from "./json-schema.ts";
import { textLike } from "./pattern.ts";

// Text for one place of a schema: in its format where it names one, like its pattern, and otherwise what people and programs write. What is made is held
// to pattern and lengths, and made again where it does not fit.

type Maker = (random: Random, reach: number) => string;

interface Rules {
  readonly ways: readonly Maker[];
  readonly patterns: readonly RegExp[];
  readonly least: number;
  readonly most: number;
}

const tries = 24;
const known = new WeakMap<JsonSchema, Rules>();

/** @param names whether it names something, so that two should differ. */
export function drawText(schema: JsonSchema, random: Random, names: boolean): string {
  let rules = known.get(schema);
  if (rules === undefined) {
    rules = rulesOf(schema);
    known.set(schema, rules);
  }
  let text = "";
  for (let turn = 0; turn < tries; turn++) {
    text = rules.ways.length > 0 ? pick(random, rules.ways)(random, 4 + turn) : free(random, rules, names);
    if (fits(text, rules)) return text;
  }
  return text;
}

function rulesOf(schema: JsonSchema): Rules {
  const sources = [schema.pattern, ...((schema.patterns ?? []) as readonly unknown[])].filter(
    (one) => typeof one === "string",
  );
  const patterns = sources.flatMap((source) => expression(source) ?? []);
  const format = formats[formatNames[String(schema.format)] ?? String(schema.format)];
  const ways = waysOf(format, patterns, sources);
  return {
    ways,
    patterns,
    least: Number(schema.minLength ?? 0),
    most: Number(schema.maxLength ?? Number.POSITIVE_INFINITY),
  };
}

/** What writes this format as its patterns want it; else what knows nothing but the patterns. */
function waysOf(
  format: readonly Maker[] | undefined,
  patterns: readonly RegExp[],
  sources: readonly string[],
): readonly Maker[] {
  const written = (format ?? []).filter((way) => patterns.every((pattern) => matchesAll(pattern, way)));
  if (written.length > 0) return written;
  if (patterns.length === 0) return [];
  // A pattern alone may be that of a known format: calendars are hard to guess from patterns.
  const anything = patterns.every((pattern) => pattern.test("sample") || pattern.test("SAMPLE-1"));
  const recognized = anything
    ? []
    : (Object.values(formats).find(
        ([way]) => way !== undefined && patterns.every((pattern) => matchesAll(pattern, way)),
      ) ?? []);
  if (recognized.length > 0) return recognized.slice(0, 1);
  return sources.flatMap((source) => textLike(source) ?? []);
}

/** A few are enough to see it: each draws from the same small range of forms. */
function matchesAll(pattern: RegExp, way: Maker): boolean {
  let step = 0;
  const steps: Random = { next: () => (step = (step + 0.37) % 1), uuid: () => "" };
  return [1, 2, 3, 4].every(() => pattern.test(way(steps, 4)));
}

function expression(source: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Some expressions are legal only without the flag u.
    }
  }
  return undefined;
}

function free(random: Random, { least, most }: Rules, names: boolean): string {
  const text = names ? code(random) : phrase(random);
  const length = [...text].length;
  if (length > most) return code(random).slice(-most);
  return length < least
    ? text
        .padEnd(text.length + least - length, " and more of it")
        .trimEnd()
        .padEnd(least, "x")
    : text;
}

function fits(text: string, { patterns, least, most }: Rules): boolean {
  if (least > 0 || most !== Number.POSITIVE_INFINITY) {
    const length = [...text].length;
    if (length < least || length > most) return false;
  }
  return patterns.every((pattern) => pattern.test(text));
}
