import { type RuleName, ruleNames } from "../model/alert.ts";
import {
  type RuleThresholds,
  type RuleWithThresholds,
  type Thresholds,
  thresholdsDefault,
} from "../model/alert-thresholds.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { type Duration, durationMs } from "../model/duration.ts";
import { checkOptions, type Declared, durationOption, type Known, refuse, shown } from "../model/options.ts";

/** What one rule may be told: its thresholds, or `false` for not at all. */
export type RuleOptions<R extends RuleName = RuleName> =
  | false
  | (R extends RuleWithThresholds ? Partial<RuleThresholds[R]> : Record<string, never>);

export type RulesOptions = { [R in RuleName]?: RuleOptions<R> };

/** What is watched, and from when on it is wrong. All rules are on by default. */
export interface WatchOptions {
  /** For everything: `{ refused: { count: 10 }, paused: false }`. */
  rules?: RulesOptions;
  /** For one integration: `{ orders: { lagging: { after: "5m" } } }`. */
  integrations?: Record<string, RulesOptions>;
}

const known = { rules: true, integrations: true } satisfies Record<keyof WatchOptions, true>;
const rulesKnown: Known = Object.fromEntries(ruleNames.map((name) => [name, true] as const));

/** @throws {WaybillError} `bad-configuration` for a rule or a threshold that there is not, or that cannot be. */
export function checkWatch(thing: Declared, watch: WatchOptions): void {
  checkOptions(thing, watch, known, "watch");
  if (watch.rules !== undefined) checkRules(thing, watch.rules, "watch.rules");
  if (watch.integrations === undefined) return;
  if (typeof watch.integrations !== "object" || watch.integrations === null)
    refuse(thing, `watch.integrations is ${shown(watch.integrations)}, and an object is expected.`);
  for (const [name, rules] of Object.entries(watch.integrations))
    checkRules(thing, rules, `watch.integrations.${name}`);
}

/** Thresholds of an integration that there is not would be watched by nobody. @throws {WaybillError} `bad-configuration`. */
export function checkWatched(thing: Declared, watch: WatchOptions | undefined, integrations: readonly string[]): void {
  for (const name of Object.keys(watch?.integrations ?? {}))
    if (!integrations.includes(name))
      refuse(
        thing,
        `watch.integrations names "${name}", which is no integration.`,
        didYouMean(name, integrations, "integrations"),
      );
}

function checkRules(thing: Declared, rules: RulesOptions, part: string): void {
  checkOptions(thing, rules, rulesKnown, part);
  for (const [rule, given] of Object.entries(rules)) {
    if (given === undefined || given === false) continue;
    const defaults: Thresholds = rule in thresholdsDefault ? thresholdsDefault[rule as RuleWithThresholds] : {};
    const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, true] as const));
    checkOptions(thing, given, options, `${part}.${rule}`);
    for (const [name, value] of Object.entries(given as Thresholds))
      checkThreshold(thing, `${part}.${rule}.${name}`, value, defaults[name] as number | Duration);
  }
}

function checkThreshold(thing: Declared, name: string, value: unknown, usual: number | Duration): void {
  if (value === undefined) return;
  if (typeof usual === "string") {
    durationOption(thing, name, value, usual, { min: "1s", max: "3650d" });
    return;
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0)
    refuse(thing, `${name} is ${shown(value)}, and a number is expected.`, `${usual} by default.`);
}

/** What holds for a rule, in numbers: durations as milliseconds. */
export type ThresholdsOf = <R extends RuleWithThresholds>(
  rule: R,
  integration: string | null,
) => { readonly [Name in keyof RuleThresholds[R]]: number };

/** Whether a rule is on for an integration, or at all. */
export function isOn(watch: WatchOptions | undefined, rule: RuleName, integration: string | null): boolean {
  const own = integration === null ? undefined : watch?.integrations?.[integration]?.[rule];
  return (own ?? watch?.rules?.[rule]) !== false;
}

/** The thresholds of a configuration: an integration's own before those for everything before the usual ones. */
export function thresholdsOf(watch: WatchOptions | undefined): ThresholdsOf {
  return ((rule: RuleWithThresholds, integration: string | null) => {
    const own = integration === null ? undefined : watch?.integrations?.[integration]?.[rule];
    const given: Thresholds = { ...thresholdsDefault[rule], ...set(watch?.rules?.[rule]), ...set(own) };
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, typeof value === "number" ? value : durationMs(value)]),
    );
  }) as ThresholdsOf;
}

/** What is set; what is said to be undefined is left out. */
function set(options: RuleOptions | undefined): Thresholds {
  if (options === undefined || options === false) return {};
  return Object.fromEntries(Object.entries(options as Thresholds).filter(([, value]) => value !== undefined));
}
