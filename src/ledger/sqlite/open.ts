import { Worker } from "node:worker_threads";
import type { WaybillError } from "../../model/errors.ts";
import { type Clock, systemClock } from "../../world/clock.ts";
import { type Random, systemRandom } from "../../world/random.ts";
import type { Call } from "../desk/calls.ts";
import { type Carried, type Carrier, channel } from "../desk/channel.ts";
import { type FaultText, faultOf } from "../desk/faults.ts";
import type { Ledger, OpenOptions } from "../ledger.ts";
import { sqliteAddress } from "./address.ts";
import { ledgerFault } from "./faults.ts";
import type { StoreOptions } from "./store.ts";
import type { Sheet } from "./wire.ts";
import { packCalls } from "./wire-calls.ts";
import { unpackReplies } from "./wire-replies.ts";

/** dist has no .ts, and a checkout no .js. */
const threadUrl = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

type Opened = { readonly ledgerId: string; readonly epoch: number } | { readonly fault: FaultText };

/**
 * Opens a ledger in a SQLite file, in a thread of its own, and makes it when it is not there.
 *
 * @param world where time and chance come from; the machine's own by default.
 * @throws {WaybillError} `ledger-owned`, `ledger-newer`, `ledger-full`, `ledger-failed`, or `bad-configuration` for an address that names no ledger.
 * @example
 * const ledger = await openSqlite({ address: "sqlite:.waybill/ledger.db", role: "owner", mustExist: false });
 */
export async function openSqlite(
  options: OpenOptions,
  world: { readonly clock: Clock; readonly random: Random } = { clock: systemClock, random: systemRandom },
): Promise<Ledger> {
  sqliteAddress(options.address);
  // Named one by one: what a fleet wants to know of a worker is no matter of this store, and functions cannot go to a thread.
  const { address, role, mustExist } = options;
  const storeOptions: StoreOptions = {
    address,
    role,
    mustExist,
    ledgerId: world.random.uuid(),
    nowMs: world.clock.now(),
  };
  const carrier = await threadCarrier(storeOptions);
  // Beside an owner at work, long reads get a thread of their own; whoever only looks in does with one.
  const apart = options.role === "owner" && !sqliteAddress(options.address).memory;
  const beside = { open: () => threadCarrier({ ...storeOptions, role: "guest", readOnly: true }) };
  return channel(carrier, world.clock, apart ? beside : undefined);
}

function threadCarrier(options: StoreOptions): Promise<Carrier> {
  const { address, role } = options;
  const worker = new Worker(threadUrl, { workerData: options, name: "waybill-ledger" });
  const waiting: {
    readonly calls: readonly Call[];
    readonly resolve: (carried: Carried) => void;
    readonly reject: (fault: Error) => void;
  }[] = [];
  let gone: WaybillError | undefined;
  let opened = false;

  return new Promise<Carrier>((resolve, reject) => {
    const exited = new Promise<void>((resolveExit) => {
      worker.once("exit", () => {
        lose(new Error("its thread ended"));
        resolveExit();
      });
    });
    worker.on("error", lose);
    worker.once("message", (message: Opened) => {
      if ("fault" in message) {
        reject(faultOf(message.fault));
        return;
      }
      opened = true;
      worker.on("message", ({ replies, foreign }: { replies: Sheet; foreign: boolean }) => {
        if (waiting.length === 1) worker.unref();
        const first = waiting.shift();
        first?.resolve({ replies: unpackReplies(first.calls, replies), foreign });
      });
      worker.unref();
      resolve({
        facts: { address, owner: role === "owner", fleet: false, ledgerId: message.ledgerId, epoch: message.epoch },
        carry,
        async end() {
          worker.ref();
          if (gone === undefined) worker.postMessage("end");
          await exited;
        },
      });
    });

    function lose(fault: unknown): void {
      gone ??= ledgerFault(fault, address);
      if (!opened) reject(gone);
      for (const { reject: rejectOne } of waiting.splice(0)) rejectOne(gone);
    }

    function carry(calls: readonly Call[]): Promise<Carried> {
      if (gone !== undefined) return Promise.reject(gone);
      // The process lives for as long as somebody waits for an answer, and not for an idle ledger.
      if (waiting.length === 0) worker.ref();
      return new Promise((resolveOne, rejectOne) => {
        worker.postMessage(packCalls(calls));
        waiting.push({ calls, resolve: resolveOne, reject: rejectOne });
      });
    }
  });
}
