// A process that starts a server of each version, says where, and waits to be killed. Where root runs it, it becomes an ordinary user first.
import { type PostgresVersion, startPostgres } from "../../../scripts/postgres.ts";

if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
const versions: readonly PostgresVersion[] = [15, 18];
const servers = await Promise.all(versions.map((version) => startPostgres({ version })));
for (const { version, pid, port, dataFolder } of servers)
  console.log(JSON.stringify({ version, pid, port, dataFolder }));
setInterval(() => undefined, 1_000);
