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

/**
 * What Node's own modules have learnt since Node 18. A static `import { hash } from "node:crypto"` ends an older Node with
 * a SyntaxError before any line of ours can say why; `import crypto from "node:crypto"` does not.
 */
export const newerThanNode18: Record<string, string[]> = {
  crypto: ["argon2", "argon2Sync", "decapsulate", "encapsulate", "hash", "randomUUIDv7"],
  fs: ["glob", "globSync", "mkdtempDisposableSync", "openAsBlob"],
  "fs/promises": ["glob", "mkdtempDisposable"],
  http: ["CloseEvent", "MessageEvent", "WebSocket", "setGlobalProxyFromEnv"],
  module: ["constants", "enableCompileCache", "findPackageJSON", "registerHooks", "stripTypeScriptTypes"],
  net: ["BoundSocket"],
  path: ["matchesGlob"],
  perf_hooks: ["eventLoopUtilization", "timerify"],
  process: ["availableMemory", "execve", "finalization", "getBuiltinModule", "loadEnvFile", "threadCpuUsage"],
  stream: ["duplexPair"],
  "stream/consumers": ["bytes"],
  timers: ["promises"],
  tls: ["getCACertificates", "setDefaultCACertificates"],
  url: ["URLPattern", "fileURLToPathBuffer"],
  util: ["convertProcessSignalToExitCode", "diff", "getCallSites", "getSystemErrorMessage", "parseEnv", "styleText"],
  worker_threads: ["isInternalThread", "locks", "markAsUncloneable", "postMessageToThread", "threadName"],
  zlib: [
    "crc32",
    "createZstdCompress",
    "createZstdDecompress",
    "zstdCompress",
    "zstdCompressSync",
    "zstdDecompress",
    "zstdDecompressSync",
  ],
};
