import type { PerformChange } from "../define/request.ts";
import type { Outcome } from "../model/outcome.ts";
import { type Clock, sleep } from "../world/clock.ts";
import { type Judged, judgeAnswer } from "./classify.ts";
import { meets } from "./expect.ts";
import { failureOf } from "./outcome-of.ts";
import type { SendOptions, StoredRequest } from "./port.ts";
import { unstorable } from "./storable.ts";
import { readThrown } from "./thrown.ts";

// An effect made by code of the user's own. Nobody sees what that code sends, so whatever it throws is in doubt unless it proves otherwise, and
// when its time is over it is not waited for any longer.

type Ended =
  | { readonly how: "returned"; readonly value: unknown }
  | { readonly how: "threw"; readonly thrown: unknown }
  | { readonly how: "hung" };

/** Runs a `perform` once. Never rejects. */
export async function perform(
  change: PerformChange,
  stored: StoredRequest,
  options: SendOptions,
  clock: Clock,
): Promise<Outcome> {
  const startedMs = clock.monotonic();
  const { system } = change;
  try {
    options.beforeSend();
  } catch (thrown) {
    return {
      name: "unavailable",
      sent: "no",
      durationMs: 0,
      why: `nothing was sent: ${readThrown(thrown).message}`,
      afterMs: undefined,
    };
  }
  const ended = await runOnce(change, stored, options, clock);
  const durationMs = clock.monotonic() - startedMs;
  const attempted = { sent: "maybe", durationMs, answer: undefined } as const;
  switch (ended.how) {
    case "hung":
      return {
        name: "in-doubt",
        ...attempted,
        why: options.signal.aborted
          ? "run was stopped from this side"
          : `run did not finish within ${system.timeoutMs} ms`,
      };
    case "threw":
      return thrownOutcome(change, ended.thrown, options, durationMs, clock.now());
    case "returned":
      return doneOutcome(change, ended.value, durationMs, clock);
  }
}

async function runOnce(
  change: PerformChange,
  stored: StoredRequest,
  options: SendOptions,
  clock: Clock,
): Promise<Ended> {
  const over = new AbortController();
  const hung = sleep(clock, change.system.timeoutMs, AbortSignal.any([over.signal, options.signal])).then(
    (): Ended => ({ how: "hung" }),
  );
  const stop = new AbortController();
  // The stored request is what run gets: a repeat does what the first attempt did, whatever the code has become since.
  const request = stored.body === undefined ? change.request : JSON.parse(stored.body.text);
  const ran = (async (): Promise<Ended> => {
    try {
      const value = await change.run({
        idempotencyKey: options.idempotencyKey,
        signal: stop.signal,
        attempt: options.attempt,
        request,
      });
      return { how: "returned", value };
    } catch (thrown) {
      return { how: "threw", thrown };
    }
  })();
  const ended = await Promise.race([ran, hung]);
  if (ended.how === "hung")
    stop.abort(
      options.signal.aborted ? options.signal.reason : new Error(`run took longer than ${change.system.timeoutMs} ms`),
    );
  over.abort();
  return ended;
}

function thrownOutcome(
  change: PerformChange,
  thrown: unknown,
  options: SendOptions,
  durationMs: number,
  nowMs: number,
): Outcome {
  const read = readThrown(thrown);
  switch (read.kind) {
    case "not-sent":
      return {
        name: "unavailable",
        sent: "no",
        durationMs,
        why: `nothing was sent: ${read.message}`,
        afterMs: undefined,
      };
    case "unknown":
      return { name: "in-doubt", sent: "maybe", durationMs, why: `run threw: ${read.message}` };
    case "status": {
      const answer = {
        status: read.status,
        headers: read.headers,
        text: read.message,
        body: { kind: "text", text: read.message },
      } as const;
      const verdict = judgeAnswer(answer, judgedOf(change, options), nowMs);
      return failureOf(verdict, {
        sent: "maybe",
        durationMs,
        answer: { status: read.status, headers: read.headers, text: undefined },
      });
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
    afterDoubt: afterDoubt === true,
  };
}

async function doneOutcome(change: PerformChange, value: unknown, durationMs: number, clock: Clock): Promise<Outcome> {
  const attempted = { sent: "maybe", durationMs, answer: undefined } as const;
  const met =
    change.expect === undefined
      ? ({ ok: true, value } as const)
      : await meets(change.expect, value, clock, change.system.timeoutMs);
  const result = met.ok ? met.value : value;
  const lost = unstorable(result);
  if (lost !== undefined) {
    return {
      name: "done",
      ...attempted,
      value: undefined,
      unexpected: `its result cannot be stored: ${lost}. Return plain JSON from run`,
    };
  }
  return met.ok
    ? { name: "done", ...attempted, value: result }
    : { name: "done", ...attempted, value: result, unexpected: met.why };
}
