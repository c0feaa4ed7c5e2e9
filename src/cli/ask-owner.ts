import type { Answer } from "../flow/asks.ts";
import type { AskWhat } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { sleep } from "../world/clock.ts";
import type { Desk } from "./command.ts";

const lookEveryMs = 150;
/** An owner looks ten times a second. One that does not take an ask up for so long is of another version. */
const takesUpMs = 20_000;

/** What it came to: the owner's answer, or that there is no owner any more. */
export type Asked<T> = { readonly kind: "answered"; readonly answer: T } | { readonly kind: "owner-gone" };

/**
 * Asks the owner for something, through the ledger, and waits for the answer.
 *
 * @throws {WaybillError} what the owner says, or `timed-out` when it takes nothing up.
 */
export async function askOwner<T>(
  { assembly }: Desk,
  what: AskWhat,
  about: string,
  input: unknown,
  { onProgress, isStopping }: { onProgress?: (progress: unknown) => void; isStopping?: () => boolean } = {},
): Promise<Asked<T>> {
  const { ledger, world } = assembly;
  const { clock } = world;
  const ask = Math.floor(world.random.next() * Number.MAX_SAFE_INTEGER);
  await ledger.post({ post: "ask", ask, what, about, input: JSON.stringify(input), atMs: clock.now() });
  const lateMs = clock.monotonic() + takesUpMs;
  let seen: string | undefined;
  try {
    while (isStopping?.() !== true) {
      const posted = (await ledger.bulletin()).asks.find((one) => one.ask === ask);
      if (posted?.answer !== undefined) return { kind: "answered", answer: okOf<T>(posted.answer) };
      if (posted === undefined || !(await ledger.isOwned())) return { kind: "owner-gone" };
      if (posted.progress !== undefined && posted.progress !== seen) {
        seen = posted.progress;
        onProgress?.(JSON.parse(seen));
      }
      if (what !== "run" || seen === undefined) refuseLate(clock.monotonic() > lateMs);
      await sleep(clock, lookEveryMs);
    }
    return { kind: "owner-gone" };
  } finally {
    await ledger.post({ post: "withdraw", ask });
  }
}

function okOf<T>(text: string): T {
  const answer = JSON.parse(text) as Answer<T>;
  if ("ok" in answer) return answer.ok;
  const { code, message, hint } = answer.error;
  throw new WaybillError(code as WaybillError["code"], message, hint);
}

function refuseLate(late: boolean): void {
  if (!late) return;
  throw new WaybillError(
    "timed-out",
    "The process that runs on this ledger does not take up what it is asked.",
    "Is it of an older version? Start it again.",
  );
}
