import type { Stats } from "node:fs";
// As a whole: an old Node has no `glob`, and has to come as far as being told that it is too old.
import fs from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import type { FileDefinition } from "../../define/source.ts";

// Which files a glob means now, and what stands in the way of the others.

/** A file that could be read. */
export interface FoundFile {
  /** Relative to the project's folder, with slashes. */
  readonly path: string;
  readonly full: string;
  readonly bytes: number;
  readonly changedAtMs: number;
  readonly inode: number;
}

/** Something that the glob means and nobody can read, in words for people. */
export interface Problem {
  readonly path: string;
  readonly why: string;
}

export interface Finding {
  /** In the order of their names. */
  readonly files: readonly FoundFile[];
  readonly problems: readonly Problem[];
}

/** Looks for files once. */
export async function findFiles(source: FileDefinition, folder: string): Promise<Finding> {
  const base = resolve(folder, baseOf(source.glob));
  const missing = await problemOfFolder(base, folder);
  if (missing !== undefined) return { files: [], problems: [missing] };
  const files: FoundFile[] = [];
  const problems: Problem[] = [];
  const home = await fs.realpath(folder);
  for await (const name of fs.glob(source.glob, { cwd: folder })) {
    if (isAside(source, name)) continue;
    const full = resolve(folder, name);
    const path = slashed(relative(folder, full));
    const looked = await look(full, source.outside ? undefined : home);
    if (looked === undefined) continue;
    if (typeof looked === "string") problems.push({ path, why: looked });
    else files.push({ path, full, bytes: looked.size, changedAtMs: looked.mtimeMs, inode: looked.ino });
  }
  files.sort((one, other) => (one.path < other.path ? -1 : 1));
  return { files, problems };
}

/** The folder in which the search begins: what stands before the first sign of a pattern. */
function baseOf(pattern: string): string {
  const parts = pattern.split(/[/\\]/);
  const first = parts.findIndex((part) => /[*?[\]{}!()]/.test(part));
  return (first < 0 ? parts.slice(0, -1) : parts.slice(0, first)).join("/") || (pattern.startsWith("/") ? "/" : ".");
}

async function problemOfFolder(base: string, folder: string): Promise<Problem | undefined> {
  const path = slashed(relative(folder, base)) || ".";
  try {
    if ((await fs.stat(base)).isDirectory()) return undefined;
    return { path, why: "it is no folder" };
  } catch (error) {
    return { path, why: codeOf(error) === "ENOENT" ? "the folder is not there" : faultText(error) };
  }
}

/** What lies beside the files: markers, archived ones, and what spreadsheet programs leave while a file is open in them. */
function isAside({ ready, after }: FileDefinition, name: string): boolean {
  if (basename(name).startsWith("~$")) return true;
  if (ready !== undefined && name.endsWith(ready.replace(/^.*\*/, ""))) return true;
  return typeof after === "object" && `${slashed(name)}`.startsWith(`${slashed(join(after.archive))}/`);
}

/** Its facts; in words, why it cannot be a file to read; undefined when it is gone. */
async function look(full: string, home: string | undefined): Promise<Stats | string | undefined> {
  try {
    const facts = await fs.stat(full);
    if (facts.isDirectory()) return "it is a folder, and only files are read";
    if (!facts.isFile()) return "it is no ordinary file (a pipe, a socket or a device), and is never opened";
    if (home === undefined) return facts;
    const real = await fs.realpath(full);
    return real.startsWith(home + sep)
      ? facts
      : "it leads outside the project's folder; outside: true, if that is meant";
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : faultText(error);
  }
}

/** The file that says that another is complete. */
export function markerOf({ full }: FoundFile, ready: string): string {
  if (!ready.includes("*")) return full + ready;
  return join(dirname(full), ready.replace("*", basename(full, extname(full))));
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** What the operating system refused, in words. */
export function faultText(error: unknown): string {
  switch (codeOf(error)) {
    case "EACCES":
    case "EPERM":
      return "permission denied: the user that runs Waybill may not read it";
    case "ENOENT":
      return "it is not there any more";
    case "EISDIR":
      return "it is a folder, and only files are read";
    case "EMFILE":
      return "too many files are open";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function slashed(path: string): string {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}
