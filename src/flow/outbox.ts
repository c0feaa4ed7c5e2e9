import type { Definition } from "../define/integration.ts";
import type { Ledger, OutboxRow } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { pushFeed } from "../sources/feeds.ts";
import { itemSent } from "../sources/push.ts";
import type { Clock } from "../world/clock.ts";
import type { Intake } from "./intake.ts";

// What programs sent within their own transactions waits in the outbox until a worker takes it through the ordinary intake, oldest first. The row leaves the
// outbox in the transaction in which its record is made, so a worker that is killed leaves either the one or the other. Two workers that read the same
// rows take them once: whoever comes second finds one gone, takes nothing of what he read, and reads again. So whatever he takes, everything older was
// taken before, and what was committed before something else was sent stays before it.

export interface OutboxParts {
  readonly ledger: Pick<Ledger, "outbox">;
  readonly intake: Pick<Intake, "take">;
  /** What runs here. What is sent to others waits for a worker that runs them. */
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition }>;
  readonly clock: Clock;
  /** One worker of many does it. */
  readonly isMine: () => boolean;
}

export interface OutboxDrain {
  /** Something may be there soon: a program in this process has sent it, and will commit. */
  hint(): void;
  /** Something is there. */
  look(): void;
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
}

/** Where something was sent of late, it is looked for so often that nobody notices; otherwise when the ledger tells of it, which is within a second. */
const lookEveryMs = 50;
const busyForMs = 10_000;

export function drainOutbox(parts: OutboxParts): OutboxDrain {
  const { ledger, intake, clock } = parts;
  const names = [...parts.integrations.keys()];
  let busyUntilMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let looking: Promise<void> | undefined;
  let cancel = (): void => undefined;

  /** Takes what there is; answers whether there may be more. */
  async function takeSome(): Promise<boolean> {
    const rows = await ledger.outbox(names);
    if (rows.length === 0) return false;
    busyUntilMs = clock.monotonic() + busyForMs;
    await Promise.all(together(rows).map(takeGroup));
    return true;
  }

  /** What is of one integration and tenant keeps its order; keys of others have none with it. */
  async function takeGroup(rows: readonly OutboxRow[]): Promise<void> {
    const [first] = rows;
    const known = first && parts.integrations.get(first.integration);
    if (first === undefined || known === undefined) return;
    await intake.take(pushFeed(known.definition), rows.map(itemSent), { tenant: first.tenant });
  }

  async function takeAll(): Promise<void> {
    try {
      while (!stopped && parts.isMine() && (await takeSome()));
    } catch (error) {
      // A ledger that fails is told by whoever asked it, and asked again later.
      busyUntilMs = Number.NEGATIVE_INFINITY;
      if (error instanceof WaybillError && error.code === "ledger-closed") stopped = true;
    }
  }

  function look(): void {
    cancel();
    if (stopped || looking !== undefined) return;
    looking = takeAll().finally(() => {
      looking = undefined;
      lookSoon();
    });
  }

  function lookSoon(): void {
    cancel();
    if (stopped || clock.monotonic() >= busyUntilMs) return;
    cancel = clock.after(lookEveryMs, look, { idle: true });
  }

  return {
    hint() {
      busyUntilMs = clock.monotonic() + busyForMs;
      if (looking === undefined) lookSoon();
    },
    look,
    async stop() {
      stopped = true;
      cancel();
      await looking;
    },
  };
}

function together(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  return [...Map.groupBy(rows, ({ integration, tenant }) => `${integration}\n${tenant}`).values()];
}
