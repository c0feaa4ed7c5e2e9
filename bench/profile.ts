import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Where the time of a profiled part went: the functions of each thread by the time spent in themselves.

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const shown = 22;

/** Tables of all profiles in a folder, as text. */
export function profileTables(folder: string): string {
  return globSync("*.cpuprofile", { cwd: folder })
    .sort()
    .map((file) => tableOf(file, JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile))
    .join("\n");
}

function tableOf(file: string, { nodes, samples, timeDeltas }: CpuProfile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spentUs = new Map<string, number>();
  let wholeUs = 0;
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? "?";
    const us = timeDeltas[at] ?? 0;
    wholeUs += us;
    spentUs.set(name, (spentUs.get(name) ?? 0) + us);
  }
  const rows = [...spentUs].sort(([, a], [, b]) => b - a).slice(0, shown);
  const lines = rows.map(([name, us]) => `  ${((us * 100) / wholeUs).toFixed(1).padStart(5)} %  ${name}`);
  return [`${file}: ${(wholeUs / 1_000_000).toFixed(1)} s`, ...lines, ""].join("\n");
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const where = url === "" ? "" : `  ${url.replace(/^.*\/(src|bench|node_modules)\//, "$1/")}:${lineNumber + 1}`;
  return `${functionName || "(anonymous)"}${where}`;
}
