// Holds the walls of .dependency-cruiser.mjs, and proves that the modules behind them were seen. dependency-cruiser reads
// TypeScript through the installed compiler: with one it does not know (7.0) it finds nothing and reports no fault.
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a look at the walls found: the faults in words, how much was seen, and which files were not. */
export type WallsReport = { faults: string[]; modules: number; dependencies: number; unseen: string[] };

type Cruise = {
  modules: { source: string; dependencies: unknown[] }[];
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
};

const repository = fileURLToPath(new URL("..", import.meta.url));
const depcruise = `${repository}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;

/**
 * Looks at the TypeScript in the folders of `root` by the rules of this repository.
 *
 * @example
 * const { faults, unseen } = lookAtWalls(process.cwd(), ["src"]);
 */
export function lookAtWalls(root: string, folders: string[]): WallsReport {
  const flags = ["--config", `${repository}.dependency-cruiser.mjs`, "--output-type", "json"];
  const answer = execFileSync(process.execPath, [depcruise, ...flags, ...folders], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const { modules, summary }: Cruise = JSON.parse(answer);
  const seen = new Map(modules.map(({ source, dependencies }) => [source, dependencies.length]));
  const onDisk = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  );
  return {
    faults: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    modules: onDisk.filter((path) => seen.has(path)).length,
    dependencies: onDisk.reduce((sum, path) => sum + (seen.get(path) ?? 0), 0),
    unseen: onDisk.filter((path) => !seen.has(path)),
  };
}

/** Far below what stands in src, far above what a blind linter sees. */
const modulesMin = 150;
const dependenciesMin = 600;

if (import.meta.main) {
  const { faults, modules, dependencies, unseen } = lookAtWalls(repository, ["src", "examples", "templates"]);
  for (const fault of faults) console.error(`✗ ${fault}`);
  for (const path of unseen) console.error(`✗ not seen: ${path}`);
  const blind = modules < modulesMin || dependencies < dependenciesMin;
  if (blind)
    console.error(
      `✗ too little was seen to mean anything: expected ${modulesMin} modules and ${dependenciesMin} imports`,
    );
  console.log(`walls: ${modules} modules, ${dependencies} imports seen, ${faults.length} faults`);
  if (faults.length > 0 || unseen.length > 0 || blind) process.exitCode = 1;
}
