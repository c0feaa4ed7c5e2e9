import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The environment of a process whose every fsync takes 4 ms more; a word why not, where it cannot be made. */
export function slowDisk(): { readonly env: NodeJS.ProcessEnv } | { readonly why: string } {
  if (process.platform !== "linux") return { why: "only Linux can be slowed down in this way" };
  const folder = fileURLToPath(new URL("../.waybill/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const source = fileURLToPath(new URL("slow-disk.c", import.meta.url));
  const library = `${folder}slow-disk.so`;
  const compiler = process.env.CC ?? "cc";
  const made = spawnSync(compiler, ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], { encoding: "utf8" });
  if (made.error !== undefined) return { why: "there is no C compiler on this machine" };
  if (made.status !== 0) return { why: `${compiler} failed: ${made.stderr.trim().split("\n")[0]}` };
  return { env: { LD_PRELOAD: library } };
}
