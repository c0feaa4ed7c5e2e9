import { readdirSync, readFileSync } from "node:fs";

// What the processors did for a part: this process, and the server that it works with. On a machine that does other work, too, this says more than the
// time on the wall.

/** So many ticks of the system are a second. */
const ticksPerSecond = 100;

interface Spent {
  readonly workerUs: number;
  readonly serverUs: number;
}

/** From now on. Call what it returns to hear what was spent for each of so many records. */
export function spending(): (records: number) => Record<"workerUs" | "serverUs", number> {
  const before = spent();
  return (records) => {
    const after = spent();
    return {
      workerUs: (after.workerUs - before.workerUs) / records,
      serverUs: (after.serverUs - before.serverUs) / records,
    };
  };
}

function spent(): Spent {
  const { user, system } = process.cpuUsage();
  const server = Number(process.env.BENCH_POSTGRES_PID);
  return { workerUs: user + system, serverUs: Number.isNaN(server) ? 0 : serverTicks(server) * (1e6 / ticksPerSecond) };
}

/** A server's first process, those that it has now, and those that it had. */
function serverTicks(first: number): number {
  let ticks = 0;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isNaN(pid)) continue;
    const stat = statOf(pid);
    if (stat === undefined) continue;
    const [parent, user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = stat;
    if (pid === first) ticks += user + system + userOfEnded + systemOfEnded;
    else if (parent === first) ticks += user + system;
  }
  return ticks;
}

/** Its parent, and the ticks that it and those of its children that have ended took. */
function statOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [fields[1], ...fields.slice(11, 15)].map(Number);
  } catch {
    return undefined;
  }
}
