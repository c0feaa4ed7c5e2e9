import type { Config } from "./config.ts";
import type { Definition } from "./definition.ts";

/**
 * What is declared and does nothing in this version, in words for people: nobody shall believe that it does.
 *
 * @example inactive(prices.definition) // ['integration "prices": reconcile is not done by this version.']
 */
export function inactive(declared: Definition | Config): string[] {
  return "contract" in declared ? inactiveIn(declared) : inactiveInConfig(declared);
}

function inactiveIn({ name, reconcile }: Definition): string[] {
  const found: string[] = [];
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
