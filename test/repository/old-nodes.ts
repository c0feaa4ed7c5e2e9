// Nodes that are too old for Waybill: one that only says so, which is always there, and every real one on the PATH.
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { nodeTooOld } from "../../src/node-version.ts";

export type OldNode = { path: string; flags: string[]; version: string };

const version = "20.20.2";
const versions = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
const pretending: OldNode = {
  path: process.execPath,
  flags: ["--import", `data:text/javascript,${versions}`],
  version,
};

export function oldNodes(): OldNode[] {
  const folders = new Set((process.env.PATH ?? "").split(delimiter));
  const real = [...folders].flatMap((folder) => {
    const path = join(folder, "node");
    const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
    return status === 0 ? [{ path, flags: [], version: stdout.trim().replace("v", "") }] : [];
  });
  return [pretending, ...real.filter((node) => nodeTooOld(node.version) !== undefined)];
}
