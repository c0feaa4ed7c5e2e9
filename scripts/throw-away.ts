// Servers that tests start, each in a folder of its own that goes with it: also when the process that started it is killed, and also as root, which
// database servers refuse to run as.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheOf } from "./components.ts";

/** Who runs servers where the tests are run by root: "nobody", who is everywhere. */
export const asOther = (): { readonly uid?: number; readonly gid?: number } =>
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export interface ThrowAway {
  readonly folder: string;
  /** Ends what still runs in the folder, and removes it. */
  remove(): Promise<void>;
}

// Standard input ends when the process that holds its other end does, whatever ended that. A server writes its number into a file whose name ends in
// .pid; its arguments are looked at too, because a number may have been given to another process since.
const watch = `
trap '' INT TERM HUP
cat > /dev/null
for file in "$1"/*.pid "$1"/*/*.pid; do
  pid=$(head -n 1 "$file") || continue
  said=$(tr '\\0' ' ' < "/proc/$pid/cmdline" || ps -o args= -p "$pid")
  case "$said" in *"$1"*) ;; *) continue ;; esac
  kill -QUIT "$pid"
  for _ in $(seq 60); do kill -0 "$pid" || break; sleep 0.05; done
  kill -KILL "$pid"
done
for _ in $(seq 10); do rm -rf "$1" && break; sleep 0.2; done
`;

/** A new folder for a server. It is removed, and the server ended, at the latest when this process ends, however that comes about. */
export function throwAway(name: string): ThrowAway {
  const folder = mkdtempSync(join(tmpdir(), `waybill-${name}-`));
  give(folder);
  // A session of its own: who interrupts the tests at the keyboard does not interrupt this.
  const watcher = spawn("sh", ["-c", watch, "waybill-watch", folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = once(watcher, "exit");
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return {
    folder,
    async remove() {
      watcher.ref();
      watcher.stdin.end();
      await ended;
    },
  };
}

/** What was made once, by this process or another, and serves again. */
export function cached(name: string, make: (folder: string) => void): string {
  const place = join(cacheOf(), name);
  if (existsSync(place)) return place;
  mkdirSync(cacheOf(), { recursive: true });
  // Beside its place, and then moved there: another test may be making it too.
  const workshop = mkdtempSync(`${place}-`);
  chmodSync(workshop, 0o755);
  try {
    make(workshop);
    if (!existsSync(place)) renameSync(workshop, place);
  } catch (fault) {
    if (!existsSync(place)) throw fault;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return place;
}

/** Gives a file or folder to who runs the servers. */
export function give(path: string): void {
  const { uid, gid } = asOther();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Copies a folder or file with owner and rights. */
export function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync("cp", ["-a", from, to], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${from} cannot be copied: ${stderr}`);
}

/** A port that nobody listens on. Not one of those that connections get: it has to be free still when a server starts again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise<boolean>((answer) => {
      server.once("error", () => answer(false));
      server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
    });
    if (free) return port;
  }
}
