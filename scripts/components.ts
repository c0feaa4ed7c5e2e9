// Programs that tests run against and npm does not have. A test asks for one by name: what is on the PATH is taken, otherwise what was fetched before,
// otherwise it is fetched: as a package of Debian or Ubuntu, unpacked into a folder of this user's cache. That needs no root, and installs nothing.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

interface Component {
  readonly what: string;
  readonly programs: readonly string[];
  /** What Debian calls it. */
  readonly debian: string;
  /** Where somebody finds it who has no apt. */
  readonly elsewhere: string;
}

export const components = {
  prometheus: {
    what: "Prometheus, with promtool",
    programs: ["prometheus", "promtool"],
    debian: "prometheus",
    elsewhere: "`brew install prometheus` on a Mac, or https://prometheus.io/download/",
  },
} as const satisfies Record<string, Component>;

export type ComponentName = keyof typeof components;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where each program of a component is.
 *
 * @throws {Error} when it cannot be had; the message says what to install.
 * @example const { promtool } = programsOf("prometheus");
 */
export function programsOf(name: ComponentName, env: Env = process.env): Readonly<Record<string, string>> {
  const component: Component = components[name];
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const fetched = join(cacheOf(env), name);
  const found = inFolders(component, folders) ?? inFolders(component, [join(fetched, "usr/bin")]);
  if (found !== undefined) return found;
  const why = fetch(component, fetched, env);
  const now = why === undefined ? inFolders(component, [join(fetched, "usr/bin")]) : undefined;
  if (now !== undefined) return now;
  throw new Error(
    `${component.what} is needed and was not found: ${component.programs.join(" and ")} are not on the PATH, and ${why ?? "the package does not have them"}.
Install it (\`apt-get install ${component.debian}\` on Debian and Ubuntu, ${component.elsewhere}), then run \`npm run test:install\` again.`,
  );
}

function cacheOf(env: Env): string {
  const base = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, ".cache")) || join(tmpdir(), "cache");
  return join(base, "waybill", "tests");
}

function inFolders({ programs }: Component, folders: readonly string[]): Record<string, string> | undefined {
  const found = programs.map((program) => [
    program,
    folders.map((folder) => join(folder, program)).find(runs),
  ]) as readonly (readonly [string, string | undefined])[];
  return found.every(([, path]) => path !== undefined)
    ? (Object.fromEntries(found) as Record<string, string>)
    : undefined;
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Fetches the package and unpacks it to `folder`; answers why that could not be done. */
function fetch({ debian }: Component, folder: string, env: Env): string | undefined {
  if (spawnSync("apt-get", ["--version"], { env }).status !== 0) return "there is no apt-get to fetch it with";
  mkdirSync(join(folder, ".."), { recursive: true });
  // Beside its place, and then moved there: another test may be fetching it too.
  const workshop = mkdtempSync(`${folder}-`);
  try {
    const why = downloaded(debian, workshop, env);
    if (why !== undefined) return why;
    const [deb = ""] = globSync("*.deb", { cwd: workshop });
    const unpacked = join(workshop, "unpacked");
    const { status, stderr } = spawnSync("dpkg", ["-x", deb, unpacked], { cwd: workshop, env, encoding: "utf8" });
    if (status !== 0) return `its package cannot be unpacked: ${stderr.trim()}`;
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(folder)) renameSync(unpacked, folder);
    return undefined;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** With the lists of packages that the machine has; where it has none, or they are old, with lists that are fetched too. */
function downloaded(debian: string, workshop: string, env: Env): string | undefined {
  for (const sub of ["state/lists/partial", "cache/archives/partial"])
    mkdirSync(join(workshop, sub), { recursive: true });
  const own = [
    `Dir::State=${workshop}/state`,
    `Dir::Cache=${workshop}/cache`,
    "Dir::State::status=/var/lib/dpkg/status",
  ];
  const options = own.flatMap((option) => ["-o", option]);
  const apt = (...words: string[]) =>
    spawnSync("apt-get", ["-q", "-o", "APT::Sandbox::User=", ...words], { cwd: workshop, env, encoding: "utf8" });
  if (apt("download", debian).status === 0) return undefined;
  apt(...options, "update");
  const { status, stderr } = apt(...options, "download", debian);
  return status === 0 ? undefined : `apt-get cannot fetch it: ${(stderr || "no reason given").trim().split("\n")[0]}`;
}
