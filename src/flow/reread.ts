import { isRead, type Load } from "../define/load.ts";
import type { Read } from "../define/request.ts";
import type { Settlement } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { digest } from "../model/identity.ts";
import { encodeJson } from "../model/json.ts";
import type { Cause } from "../model/record.ts";
import { decodeKept, type Gate, type ReadResult, readKept, readRecord } from "./boundary.ts";
import { makeCall } from "./call.ts";
import { loadOf } from "./load-of.ts";
import type { Run } from "./run.ts";
import { type Decided, settle } from "./settle.ts";

// A record is read again where that is due before `deliver`: after a deploy that changed the contract, and when a thin notice has been loaded.

export type Reread = { readonly content: unknown } | { readonly settlement: Settlement };

/** What a record becomes that never reached `deliver`. */
export function settledEarly(
  run: Run,
  to: Settlement["to"],
  cause: Cause | undefined,
  reason: string | undefined,
  more: Partial<Settlement> = {},
): Settlement {
  return {
    to,
    cause,
    reason,
    atMs: run.nowMs,
    nextAtMs: 0,
    attempts: 0,
    spentMs: 0,
    strict: run.definition.order === "strict",
    memory: undefined,
    identity: undefined,
    ...more,
  };
}

/** Reads a waiting record with nothing begun with the present contract. Its identity stays as marked. */
export async function readAgain(run: Run): Promise<Reread> {
  const { claimed, shop } = run;
  const stored = await run.handle.waitInside(shop.ledger.record(claimed.record));
  if (stored?.raw === undefined) return { content: decode(claimed.content) };
  const read = await readKept(gateOf(run), stored.source, stored.raw);
  if (read.kind === "broken") {
    const reason = `the contract changed, and it no longer meets it: ${read.reason}`;
    return { settlement: settledEarly(run, "quarantined", "contract-changed", reason, { issues: read.issues }) };
  }
  if (read.state === "filtered") return { settlement: settledEarly(run, "filtered", read.cause, read.reason) };
  const { content } = read.reading;
  await run.handle.waitInside(run.writer.reread(run.release, content));
  return { content: decode(content ?? Buffer.from(stored.raw).toString()) };
}

/** Fetches the whole entity that a thin notice is about, and reads what came as any other record. */
export async function loadNotice(run: Run): Promise<Settlement> {
  const { claimed, definition, shop } = run;
  const stored = await run.handle.waitInside(shop.ledger.record(claimed.record));
  const load = loadOf(definition, stored?.source ?? "");
  if (load === undefined) {
    const reason = "it waits to be loaded, and its source no longer declares how";
    return settledEarly(run, "quarantined", "contract-changed", reason);
  }
  let loaded: unknown;
  try {
    loaded = await untilRevoked(
      run,
      fetched(run, load, decodeKept(stored?.source ?? "", stored?.raw ?? claimed.content)),
    );
  } catch (error) {
    return { ...notLoaded(run, error), memory: undefined, identity: undefined };
  }
  shop.emit({ event: "record.loaded", ...run.of, found: loaded !== undefined });
  if (loaded === undefined)
    return settledEarly(run, "filtered", "not-accepted", "load found nothing: its entity is not there");
  return readLoaded(run, loaded);
}

async function fetched(run: Run, load: Load, notice: unknown): Promise<unknown> {
  const call = <T>(read: Read<T>): Promise<T> => run.follow(makeCall(run, read)) as Promise<T>;
  const { tenantValue: tenant } = run;
  const got: unknown = await load.fetch(notice, { call, signal: run.handle.signal, tenant });
  return isRead(got) ? call(got) : got;
}

/** What ignores its signal is not waited for: the run is over, and the notice is loaded again. */
function untilRevoked<T>(run: Run, work: Promise<T>): Promise<T> {
  const { signal } = run.handle;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      if (run.verdicts.length === 0)
        run.pronounce({ kind: "deferred", untilMs: run.nowMs, why: "Waybill is stopping" });
      reject(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    work.then(resolve, reject);
  });
}

/** The loaded entity is kept in place of the notice, and what is kept is what the contract reads. */
async function readLoaded(run: Run, loaded: unknown): Promise<Settlement> {
  let raw: string;
  let read: ReadResult;
  try {
    raw = encodeJson(loaded);
    read = await readRecord(gateOf(run), { value: decodeKept("", raw), raw, rawHash: digest(raw) });
  } catch (error) {
    return { ...notLoaded(run, error), memory: undefined, identity: undefined };
  }
  const identity = read.reading === undefined ? undefined : { ...read.reading, raw };
  if (read.kind === "broken")
    return settledEarly(run, "quarantined", read.cause, read.reason, { issues: read.issues, identity });
  return settledEarly(run, read.state, read.cause, read.reason, { identity, nextAtMs: run.nowMs });
}

function gateOf(run: Run): Gate {
  return {
    definition: run.definition,
    tenant: run.claimed.tenant,
    contract: run.release,
    clock: run.shop.world.clock,
    redact: run.shop.redact,
  };
}

/** A load that failed is tried again like a run of `deliver` that failed. */
function notLoaded(run: Run, error: unknown): Decided {
  const { claimed, definition, shop } = run;
  return settle({
    thrown: { error },
    verdicts: run.verdicts,
    effects: [],
    asked: run.asked,
    unseenRefusal: undefined,
    attemptsBefore: claimed.attempts,
    spentBeforeMs: claimed.spentMs,
    runMs: Math.round(run.handle.spentMs()),
    nowMs: run.nowMs,
    chance: shop.world.random.next(),
    plan: definition.retry,
    strict: definition.order === "strict",
    probed: run.probed,
  });
}
