import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// The files that users copy into their Prometheus and Grafana, as they stand in the package.

export const opsFolder: string = fileURLToPath(new URL("../../ops/", import.meta.url));
export const rulesFile: string = join(opsFolder, "prometheus/waybill-rules.yml");

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: unknown;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
  readonly datasource?: { readonly uid: string };
}

export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export function dashboards(): readonly Dashboard[] {
  const folder = join(opsFolder, "grafana");
  return globSync("*.json", { cwd: folder }).map((file) => ({
    file,
    ...(JSON.parse(readFileSync(join(folder, file), "utf8")) as Omit<Dashboard, "file">),
  }));
}

/** An expression as Grafana sends it when everything is chosen. */
export function chosen(expr: string): string {
  return expr.replaceAll("$job", "waybill.*").replaceAll("$__rate_interval", "1m").replaceAll(/\$\w+/g, ".*");
}

/** The metrics of Waybill and of its process that a text names; what rules record has a name of its own (job:…). */
export function metricsIn(text: string): readonly string[] {
  return [...new Set(text.match(/(?<![:\w])(waybill|process|nodejs)_[a-z0-9_]+/g) ?? [])];
}
