import type { Settlement } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { digest } from "../model/identity.ts";
import { encodeJson } from "../model/json.ts";
import type { Cause } from "../model/record.ts";
import { decodeKept, type Gate, type ReadResult, readKept, readRecord } from "./boundary.ts";
import { makeCall } from "./call.ts";
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
  const { load } = definition;
  if (load === undefined) {
    const reason = "it waits to be loaded, and its integration no longer declares how";
    return settledEarly(run, "quarantined", "contract-changed", reason);
  }
  const stored = await run.handle.waitInside(shop.ledger.record(claimed.record));
  let read: ReadResult;
  let raw: string;
  try {
    const notice = decodeKept(stored?.source ?? "", stored?.raw ?? claimed.content);
    const value = await load.fetch(notice, {
      call: (request) => run.follow(makeCall(run, request)) as never,
      signal: run.handle.signal,
      tenant: run.tenantValue,
    });
    raw = encodeJson(value);
    read = await readRecord(gateOf(run), { value, raw, rawHash: digest(raw) });
  } catch (error) {
    return { ...notLoaded(run, error), memory: undefined, identity: undefined };
  }
  if (read.kind === "broken") {
    const identity = read.reading === undefined ? undefined : { ...read.reading, raw };
    return settledEarly(run, "quarantined", read.cause, read.reason, { issues: read.issues, identity });
  }
  const identity = { ...read.reading, raw };
  return settledEarly(run, read.state, read.cause, read.reason, { identity, nextAtMs: run.nowMs });
}

function gateOf(run: Run): Gate {
  return {
    definition: run.definition,
    tenant: run.claimed.tenant,
    contract: run.release,
    clock: run.shop.world.clock,
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
