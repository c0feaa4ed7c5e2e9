// Programs that tests run against and npm does not have. A test asks for one by name: what is on the PATH is taken, otherwise what was fetched before,
// otherwise it is fetched: as a package of Debian or Ubuntu, with the libraries that this machine lacks, unpacked into a folder of this user's cache.
// That needs no root, and installs nothing.
import { spawnSync } from "node:child_process";
import { accessSync, constants, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative, sep } from "node:path";

interface Component {
  readonly what: string;
  readonly programs: readonly string[];
  /** What Debian calls it. */
  readonly debian: string;
  /** Where that puts its programs. */
  readonly into: string;
  /** Where they may be that are not on the PATH. */
  readonly folders?: readonly string[];
  /** What the first of them has to answer to `--version`. */
  readonly version?: RegExp;
  /** Where somebody finds it who has no apt. */
  readonly elsewhere: string;
}

export const components = {
  prometheus: {
    what: "Prometheus, with promtool",
    programs: ["prometheus", "promtool"],
    debian: "prometheus",
    into: "usr/bin",
    elsewhere: "`brew install prometheus` on a Mac, or https://prometheus.io/download/",
  },
  postgres15: {
    what: "PostgreSQL 15",
    programs: ["postgres", "initdb"],
    debian: "postgresql-15",
    into: "usr/lib/postgresql/15/bin",
    folders: [
      "/usr/lib/postgresql/15/bin",
      "/usr/pgsql-15/bin",
      "/opt/homebrew/opt/postgresql@15/bin",
      "/usr/local/opt/postgresql@15/bin",
    ],
    version: /\(PostgreSQL\) 15\./,
    elsewhere: "`brew install postgresql@15` on a Mac, or https://www.postgresql.org/download/",
  },
  pgbouncer: {
    what: "PgBouncer",
    programs: ["pgbouncer"],
    debian: "pgbouncer",
    into: "usr/sbin",
    folders: ["/usr/sbin", "/opt/homebrew/bin", "/usr/local/bin"],
    elsewhere: "`brew install pgbouncer` on a Mac, or https://www.pgbouncer.org/install.html",
  },
  tini: {
    what: "tini, the first process of a container",
    programs: ["tini"],
    debian: "tini",
    into: "usr/bin",
    elsewhere: "https://github.com/krallin/tini/releases",
  },
  systemd: {
    what: "systemd-analyze",
    programs: ["systemd-analyze"],
    debian: "systemd",
    into: "usr/bin",
    elsewhere: "a Linux that systemd runs",
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
  const unpacked = [join(fetched, component.into)];
  const found = inFolders(component, [...(component.folders ?? []), ...folders]) ?? inFolders(component, unpacked);
  if (found !== undefined) return found;
  const why = fetch(component, fetched, env);
  const now = why === undefined ? inFolders(component, unpacked) : undefined;
  if (now !== undefined) return now;
  throw new Error(
    `${component.what} is needed and was not found: ${component.programs.join(" and ")} are not on the PATH, and ${why ?? "the package does not have them"}.
Install it (\`apt-get install ${component.debian}\` on Debian and Ubuntu, ${component.elsewhere}), then run \`npm run test:install\` again.`,
  );
}

/** For the environment of a program of a component: where the libraries are that were fetched with it. */
export function librariesOf(program: string, env: Env = process.env): Readonly<Record<string, string>> {
  const [name = "", ...rest] = relative(cacheOf(env), program).split(sep);
  if (name === ".." || rest.length === 0) return {};
  const folders = globSync(["lib/*-linux-*", "usr/lib/*-linux-*", "usr/lib/*-linux-*/systemd"], {
    cwd: join(cacheOf(env), name),
  });
  return { LD_LIBRARY_PATH: folders.map((folder) => join(cacheOf(env), name, folder)).join(delimiter) };
}

/** A folder for what takes a while to get or to make, and serves again. Root's is one that others can read: some programs refuse to run as root. */
export function cacheOf(env: Env = process.env): string {
  const own = process.getuid?.() === 0 ? "/var/cache" : env.HOME && join(env.HOME, ".cache");
  return join(env.XDG_CACHE_HOME || own || join(tmpdir(), "cache"), "waybill", "tests");
}

function inFolders({ programs, version }: Component, folders: readonly string[]): Record<string, string> | undefined {
  const found = programs.map((program) => [
    program,
    folders.map((folder) => join(folder, program)).find((path) => runs(path) && (version?.test(saidBy(path)) ?? true)),
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

function saidBy(program: string): string {
  return spawnSync(program, ["--version"], { env: librariesOf(program), encoding: "utf8" }).stdout ?? "";
}

/** Fetches the package and unpacks it to `folder`; answers why that could not be done. */
function fetch(component: Component, folder: string, env: Env): string | undefined {
  if (spawnSync("apt-get", ["--version"], { env }).status !== 0) return "there is no apt-get to fetch it with";
  mkdirSync(join(folder, ".."), { recursive: true });
  // Beside its place, and then moved there: another test may be fetching it too.
  const workshop = mkdtempSync(`${folder}-`);
  try {
    const unpacked = join(workshop, "unpacked");
    const wanted = [component.debian];
    for (const name of wanted) {
      const why = downloaded(name, workshop, env);
      if (why !== undefined) return why;
      const [deb = ""] = globSync(`${name}_*.deb`, { cwd: workshop });
      const { status, stderr } = spawnSync("dpkg", ["-x", deb, unpacked], { cwd: workshop, env, encoding: "utf8" });
      if (status !== 0) return `its package cannot be unpacked: ${stderr.trim()}`;
      wanted.push(...librariesMissing(join(workshop, deb), env).filter((library) => !wanted.includes(library)));
    }
    if (inFolders(component, [join(folder, component.into)]) !== undefined) return undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
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

/** The libraries that a package needs and this machine does not have. */
function librariesMissing(deb: string, env: Env): readonly string[] {
  const { stdout } = spawnSync("dpkg-deb", ["-f", deb, "Depends"], { env, encoding: "utf8" });
  return (stdout ?? "")
    .split(",")
    .map((either) => either.split("|").map((one) => one.trim().replace(/[ :(].*$/s, "")))
    .filter((names) => !names.some((name) => isInstalled(name, env)))
    .flatMap((names) => names.find((name) => name.startsWith("lib")) ?? []);
}

function isInstalled(debian: string, env: Env): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg that puts something there.
  const words = ["-W", "-f", "${db:Status-Status}", debian];
  return spawnSync("dpkg-query", words, { env, encoding: "utf8" }).stdout === "installed";
}
