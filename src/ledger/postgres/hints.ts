import type { Line } from "./line.ts";

// A hint that something may be due in lanes of others: called out after the commit, on the side, and never waited for. One that is lost costs the second
// until its lanes' owner looks by itself. Called out within the work's own transactions it would put their commits in one line (the server has one queue
// of notifications for all).

export interface Hints {
  due(lanes: ReadonlySet<number>): void;
  posted(): void;
}

/** Names the channel of a ledger. */
export const channelOf = (schema: string): string => `waybill_${schema}`.slice(0, 63);

const posted = "posted";
/** More lanes than these are called out as all of them. */
const namedMax = 64;

export function callOut(line: Line, schema: string): Hints {
  const waiting = new Set<number>();
  let news = false;
  let calling = false;

  async function call(): Promise<void> {
    if (calling) return;
    calling = true;
    try {
      while (waiting.size > 0 || news) {
        const text = [...(waiting.size > namedMax ? ["*"] : waiting), ...(news ? [posted] : [])].join(" ");
        waiting.clear();
        news = false;
        await line.once("select pg_notify($1, $2)", channelOf(schema), text);
      }
    } catch {
      // They look by themselves.
    } finally {
      calling = false;
    }
  }

  return {
    due(lanes) {
      for (const lane of lanes) waiting.add(lane);
      void call();
    },
    posted() {
      news = true;
      void call();
    },
  };
}

/** What was called out: whether it is about any of these lanes, and whether something was posted. */
export function heard(text: string, lanes: ReadonlySet<number>): { readonly due: boolean; readonly posted: boolean } {
  const words = text.split(" ");
  return {
    due: words.some((word) => word === "*" || (word !== posted && lanes.has(Number(word)))),
    posted: words.includes(posted),
  };
}
