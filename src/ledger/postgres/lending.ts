import { type Clock, sleep } from "../../world/clock.ts";
import { type Lent, lend, nothingLent } from "../desk/lending.ts";
import type { LendAnswer, LendAsk } from "../lending.ts";
import type { Cell } from "./cells.ts";
import type { Line } from "./line.ts";

// What is lent of a limit stands in one row, and whoever asks puts another one in its place by compare-and-set: no worker ever keeps the row from the
// others, also when it stands still in the middle of asking. Each statement is a transaction by itself. Where the answer to the last one is lost, the
// worker does not know what it was lent, and says so with the next: what it has then is what counts.

const own = "system = $1 and tenant = $2 and name = $3 and key = $4";
const serverMs = "(extract(epoch from clock_timestamp()) * 1000)::double precision";

const look = `
  select ${serverMs}, l.version, l.state from (select 1) as always left join waybill.lent l on ${own}`;

const begin = `
  insert into waybill.lent (system, tenant, name, key, state, quiet) values ($1, $2, $3, $4, $5, $6)
  on conflict do nothing returning version`;

const goOn = `
  update waybill.lent set state = $5, quiet = $6, version = version + 1 where ${own} and version = $7 returning version`;

/** What a ledger that was moved here had used before. */
const spentBefore = `
  select until, points from waybill.budget_spent where ${own} and until > $5 order by until`;

/** What nobody has used since is deleted, some at a time. */
const forget = `
  delete from waybill.lent where (system, tenant, name, key) in
    (select system, tenant, name, key from waybill.lent where quiet < $1 order by quiet limit 100)`;

/** Others may come first so often. */
const triesMax = 50;
const pauseMs = 2;
/** Rows are deleted so long after nothing in them counts any more; the time is written so coarsely that it seldom changes, and an index stays as it is. */
const quietStepMs = 600_000;

export type Lending = (ask: LendAsk) => Promise<LendAnswer>;

export function lendingOver(line: Line, clock: Clock): Lending {
  let sweptAtMs = 0;

  async function before(names: readonly [string, string, string, string], nowMs: number): Promise<Lent> {
    const rows = await line.once(spentBefore, ...names, Math.floor(nowMs));
    return { ...nothingLent, spent: rows.map((row: Cell[]) => row as [number, number]) };
  }

  return async (ask) => {
    const names = [ask.system, ask.tenant, ask.name, ask.key] as const;
    for (let tries = 0; tries < triesMax; tries++) {
      const [row] = await line.once(look, ...names);
      const [nowMs, version, state] = row as [number, number | null, string | null];
      const stands = state === null ? await before(names, nowMs) : (JSON.parse(state) as Lent);
      const { lent, answer } = lend(stands, ask, nowMs);
      const cells = [...names, JSON.stringify(lent), quietAtMs(lent)] as const;
      const written = await (version === null ? line.once(begin, ...cells) : line.once(goOn, ...cells, version));
      if (written.length === 1) {
        if (nowMs - sweptAtMs > quietStepMs) {
          sweptAtMs = nowMs;
          void line.once(forget, Math.floor(nowMs)).catch(() => undefined);
        }
        return answer;
      }
      await sleep(clock, pauseMs * tries);
    }
    throw new Error("others came first every time");
  };
}

/** When nothing of it counts any more. */
function quietAtMs({ spent, holders, atMs }: Lent): number {
  const last = Math.max(atMs, ...spent.map(([one]) => one), ...Object.values(holders).map(({ untilMs }) => untilMs));
  return (Math.floor(last / quietStepMs) + 2) * quietStepMs;
}
