import { constants, copyFile, link, mkdir, rename, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { FileDefinition } from "../../define/source.ts";
import { codeOf, type FoundFile, markerOf } from "./find.ts";

/**
 * Puts a file away that has been read: deletes it, moves it, or leaves it. A file that has changed since is left: what came is somebody's new data.
 *
 * @returns where it is now, relative to the project's folder; undefined when it is where it was, or gone.
 * @throws what the operating system says.
 */
export async function putAway(
  source: FileDefinition,
  file: FoundFile,
  hash: string,
  folder: string,
): Promise<string | undefined> {
  const { after, ready } = source;
  if (after === "keep" || !(await isSame(file))) return undefined;
  let to: string | undefined;
  if (after === "delete") await unlink(file.full);
  else to = await moved(file.full, resolve(folder, after.archive), hash);
  if (ready !== undefined) await rm(markerOf(file, ready), { force: true });
  return to === undefined || typeof after !== "object" ? undefined : join(after.archive, basename(to));
}

async function isSame(file: FoundFile): Promise<boolean> {
  try {
    const now = await stat(file.full);
    return now.ino === file.inode && now.size === file.bytes && now.mtimeMs === file.changedAtMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Moves it under a name that is free: an archive never loses what it holds. */
async function moved(full: string, archive: string, hash: string): Promise<string> {
  await mkdir(archive, { recursive: true });
  const extension = extname(full);
  const name = basename(full, extension);
  for (const to of [join(archive, `${name}${extension}`), join(archive, `${name}.${hash.slice(0, 12)}${extension}`)]) {
    if (await claimed(full, to)) return to;
  }
  // The same name and content is in the archive already.
  await unlink(full);
  return join(archive, `${name}.${hash.slice(0, 12)}${extension}`);
}

/** Takes a free name, by a link where the file system has them: `rename` would replace what is there. */
async function claimed(full: string, to: string): Promise<boolean> {
  try {
    await link(full, to);
    await unlink(full);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (codeOf(error) === "EXDEV") return copied(full, to);
    if (["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK"].includes(codeOf(error)) && !(await exists(to))) {
      await rename(full, to);
      return true;
    }
    throw error;
  }
}

/** To another disk: whole under another name first. */
async function copied(full: string, to: string): Promise<boolean> {
  if (await exists(to)) return false;
  const part = join(dirname(to), `.${basename(to)}.part`);
  await copyFile(full, part, constants.COPYFILE_FICLONE);
  await rename(part, to);
  await unlink(full);
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
