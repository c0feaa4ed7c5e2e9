import type { Config } from "./config.ts";
import type { Definition } from "./definition.ts";

/**
 * What is declared and does nothing in this version, in words for people: nobody shall believe that it does.
 *
 * @example inactive(prices.definition) // ['integration "prices": the source file("inbox/*.csv") is not read by this version.']
 */
export function inactive(declared: Definition | Config): string[] {
  return "sources" in declared ? inactiveIn(declared) : inactiveInConfig(declared);
}

function inactiveIn({ name, sources, volume, reconcile }: Definition): string[] {
  const found = sources.flatMap((source) =>
    source.kind === "file"
      ? [`the source file("${source.glob}") is not read by this version; "waybill send" takes records by hand.`]
      : [],
  );
  if (volume !== undefined) found.push("volume raises no alerts in this version.");
  if (reconcile !== undefined) found.push("reconcile is not done by this version.");
  return found.map((what) => `integration "${name}": ${what}`);
}

function inactiveInConfig({ alerts = [] }: Config): string[] {
  if (alerts.length === 0) return [];
  const channels = [...new Set(alerts.map(({ kind }) => kind))].join(", ");
  return [
    `alerts: this version sends none (${channels}); failures stand in the log, in "waybill balance" and in the three inboxes.`,
  ];
}
