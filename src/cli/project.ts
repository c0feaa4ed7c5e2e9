import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, checkConfig } from "../define/config.ts";
import type { Integration } from "../define/definition.ts";
import { said, WaybillError } from "../model/errors.ts";

// The project that a command works in: configuration, integrations and the name of this version of each one's code.

export interface Project {
  readonly config: Config;
  /** Where globs and the ledger's path start. */
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly integrations: readonly Integration[];
  /** By integration: the hash of its file and local modules, unless the configuration names a release. */
  readonly releases: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

const configDefault = "waybill.config.ts";
const globDefault = "integrations/*.ts";

/**
 * Loads the project. `.env` comes first: definitions read the environment when they are imported.
 *
 * @throws {WaybillError} `bad-configuration` or `bad-definition`, naming the file.
 */
export async function loadProject(configPath: string | undefined): Promise<Project> {
  const given = configPath === undefined ? undefined : resolve(configPath);
  if (given !== undefined && !existsSync(given)) {
    throw new WaybillError(
      "bad-configuration",
      `There is no configuration at ${configPath}.`,
      "Give --config the path of a waybill.config.ts.",
    );
  }
  const configFile = given ?? (existsSync(configDefault) ? resolve(configDefault) : undefined);
  const folder = configFile === undefined ? process.cwd() : dirname(configFile);
  const env = join(folder, ".env");
  if (existsSync(env)) process.loadEnvFile(env);
  const config = configFile === undefined ? {} : await importConfig(configFile);
  checkConfig(config);
  const wanted = config.integrations ?? globDefault;
  if (typeof wanted !== "string") {
    const release = config.release ?? (configFile === undefined ? "" : hashOf(configFile));
    return {
      config,
      folder,
      configFile,
      integrations: wanted,
      releases: new Map(wanted.map(({ name }) => [name, release])),
      files: [],
    };
  }
  const files = globSync(wanted, { cwd: folder })
    .map((file) => join(folder, file))
    .sort();
  const integrations: Integration[] = [];
  const releases = new Map<string, string>();
  for (const file of files) {
    for (const one of await integrationsIn(file)) {
      if (integrations.includes(one)) continue;
      integrations.push(one);
      releases.set(one.name, config.release ?? hashOf(file));
    }
  }
  return { config, folder, configFile, integrations, releases, files };
}

async function importConfig(file: string): Promise<Config> {
  const { default: config } = await importFile(file);
  if (typeof config === "object" && config !== null) return config as Config;
  throw new WaybillError(
    "bad-configuration",
    `${basename(file)} has no default export.`,
    "export default config({ … });",
  );
}

async function integrationsIn(file: string): Promise<readonly Integration[]> {
  const exported = Object.values(await importFile(file)).filter(isIntegration);
  if (exported.length > 0) return exported;
  throw new WaybillError(
    "bad-definition",
    `${relative(process.cwd(), file)} exports no integration.`,
    'export default integration("name", { … }); or keep other modules out of the glob.',
  );
}

function isIntegration(value: unknown): value is Integration {
  return typeof value === "object" && value !== null && "definition" in value && "name" in value;
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof WaybillError) {
      throw new WaybillError(error.code, `${relative(process.cwd(), file)}: ${error.message}`, error.hint, {
        cause: error,
      });
    }
    throw new WaybillError(
      "bad-definition",
      `${relative(process.cwd(), file)} cannot be imported: ${said(error)}`,
      undefined,
      { cause: error },
    );
  }
}

const importForm = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/** Names this version of a definition: the hash of its file and of all local modules that it imports. */
function hashOf(file: string): string {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  const take = (path: string): void => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    const text = readFileSync(path, "utf8");
    hash.update(`${text.length}:${text}`);
    for (const [, local] of text.matchAll(importForm)) if (local !== undefined) take(resolve(dirname(path), local));
  };
  take(file);
  return hash.digest("hex").slice(0, 16);
}
