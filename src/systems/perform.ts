import type { PerformChange } from "../define/request.ts";
import { isLater, isPermanent } from "../define/verdict.ts";
import { said } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { type Clock, sleep } from "../world/clock.ts";
import { type Judged, judgeAnswer } from "./classify.ts";
import { readThrown } from "./evidence.ts";
import { parseExact } from "./exact-json.ts";
import { meets } from "./expect.ts";
import { failureOf } from "./outcome-of.ts";
import { markOwn, markTimedOut } from "./permit.ts";
import type { SendOptions, StoredRequest } from "./port.ts";
import { unstorable } from "./storable.ts";

// An effect made by code of the user's own. Nobody sees what that code sends, so whatever it throws is in doubt unless it proves otherwise, and
// when its time is over it is not waited for any longer.

type Ended =
  | { readonly how: "returned"; readonly value: unknown }
  | { readonly how: "threw"; readonly thrown: unknown }
  | { readonly how: "late" }
  | { readonly how: "stopped" };

/** Runs a `perform` once. Never rejects. */
export async function perform(
  change: PerformChange,
  stored: StoredRequest,
  options: SendOptions,
  clock: Clock,
): Promise<Outcome> {
  try {
    options.beforeSend();
  } catch (thrown) {
    const why = `nothing was sent: ${said(thrown)}`;
    return markOwn({ name: "unavailable", sent: "no", durationMs: 0, why, afterMs: undefined });
  }
  const startedMs = clock.monotonic();
  const ended = await runOnce(change, stored, options, clock);
  const attempted = { sent: "maybe", durationMs: clock.monotonic() - startedMs, answer: undefined } as const;
  switch (ended.how) {
    case "late":
      return markTimedOut({
        name: "in-doubt",
        ...attempted,
        why: `run did not finish within ${change.system.timeoutMs} ms`,
      });
    case "stopped":
      return markOwn({ name: "in-doubt", ...attempted, why: "run was stopped from this side" });
    case "threw":
      return thrownOutcome(change, ended.thrown, options, attempted, clock.now());
    case "returned":
      return doneOutcome(change, ended.value, attempted, clock);
  }
}

async function runOnce(
  change: PerformChange,
  stored: StoredRequest,
  options: SendOptions,
  clock: Clock,
): Promise<Ended> {
  const { idempotencyKey, attempt, signal: outer } = options;
  const inner = new AbortController();
  const over = new AbortController();
  const stop = (): void => {
    inner.abort(outer.reason);
    over.abort();
  };
  if (outer.aborted) stop();
  else outer.addEventListener("abort", stop);
  const late = sleep(clock, change.system.timeoutMs, over.signal).then(
    (): Ended => ({ how: outer.aborted ? "stopped" : "late" }),
  );
  const ran = (async (): Promise<Ended> => {
    try {
      // The stored request is what run gets: a repeat does what the first attempt did, whatever the code has become since.
      const request = stored.body === undefined ? undefined : parseExact(stored.body.text);
      return { how: "returned", value: await change.run({ idempotencyKey, signal: inner.signal, attempt, request }) };
    } catch (thrown) {
      return { how: "threw", thrown };
    }
  })();
  const ended = await Promise.race([ran, late]);
  outer.removeEventListener("abort", stop);
  if (ended.how === "late") inner.abort(new Error(`run took longer than ${change.system.timeoutMs} ms`));
  over.abort();
  return ended;
}

type AttemptedRun = { readonly sent: "maybe"; readonly durationMs: number; readonly answer: undefined };

function thrownOutcome(
  change: PerformChange,
  thrown: unknown,
  options: SendOptions,
  attempted: AttemptedRun,
  nowMs: number,
): Outcome {
  const why = said(thrown);
  if (isPermanent(thrown)) return { name: "failed-permanent", ...attempted, why };
  // It asks for a pause of this one effect, and says nothing about the system.
  if (isLater(thrown)) return markOwn({ name: "limited", ...attempted, why, afterMs: thrown.afterMs });
  const read = readThrown(thrown);
  switch (read.kind) {
    case "not-sent":
      return { name: "unavailable", ...attempted, sent: "no", why: `nothing was sent: ${why}`, afterMs: undefined };
    case "unknown":
      return { name: "in-doubt", ...attempted, why: `run threw: ${why}` };
    case "status": {
      const { status, headers } = read;
      const body =
        read.body === undefined
          ? ({ kind: "text", text: why } as const)
          : ({ kind: "json", value: read.body } as const);
      const judged = judgedOf(change, options);
      const verdict = judgeAnswer({ status, headers, text: why, body }, judged, nowMs);
      return failureOf(verdict, { ...attempted, answer: { status, headers, text: undefined } });
    }
  }
}

function judgedOf({ idempotency, system }: PerformChange, { afterDoubt }: SendOptions): Judged {
  return {
    changes: true,
    method: "PERFORM",
    keyed: idempotency.how === "byKey",
    orAbsent: false,
    expects: false,
    classifiers: system.classify === undefined ? [] : [system.classify],
    vendor: system.vendor,
    afterDoubt: afterDoubt === true,
  };
}

async function doneOutcome(
  change: PerformChange,
  value: unknown,
  attempted: AttemptedRun,
  clock: Clock,
): Promise<Outcome> {
  const { expect, system } = change;
  const met = expect === undefined ? { ok: true as const, value } : await meets(expect, value, clock, system.timeoutMs);
  const result = met.ok ? met.value : value;
  const lost = unstorable(result);
  if (lost !== undefined) {
    const unexpected = `its result cannot be stored: ${lost}. Return plain JSON from run`;
    return { name: "done", ...attempted, value: undefined, unexpected };
  }
  return { name: "done", ...attempted, value: result, ...(met.ok ? {} : { unexpected: met.why }) };
}
