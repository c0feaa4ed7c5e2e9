import type { AnySchema } from "../define/schema.ts";
import type { Answer, Outcome, Sent } from "../model/outcome.ts";
import type { Clock } from "../world/clock.ts";
import type { ReadAnswer } from "./answer.ts";
import type { Verdict } from "./classify.ts";
import { type Met, meets } from "./expect.ts";

/** What every outcome carries. */
export interface Attempted {
  readonly sent: Sent;
  readonly durationMs: number;
  readonly answer: Answer | undefined;
}

/** An outcome that is not `done`, from its verdict. */
export function failureOf(verdict: Verdict, attempted: Attempted): Outcome {
  const { why, afterMs } = verdict;
  const { sent, durationMs, answer } = attempted;
  const name = verdict.outcome;
  switch (name) {
    case "pending":
    case "limited":
    case "unavailable":
      return { name, sent, durationMs, answer, why, afterMs };
    case "in-doubt":
      return {
        name,
        sent,
        durationMs,
        answer,
        why,
        ...(verdict.keyInFlight === true ? { keyInFlight: true } : {}),
        ...(verdict.replayedFailure === true ? { replayedFailure: true } : {}),
      };
    case "done":
      return { name, sent, durationMs, answer, value: undefined };
    case "failed-permanent":
      return {
        name,
        sent,
        durationMs,
        answer,
        why,
        ...(verdict.movedTo === undefined ? {} : { movedTo: verdict.movedTo }),
      };
    default:
      return { name, sent, durationMs, answer, why };
  }
}

/**
 * The outcome of an answer that says it is done: the value after `expect`. What breaks `expect` was applied all the same. An empty answer does
 * not parse, so it only passes where `expect` takes `undefined`.
 */
export function doneOf(
  expect: AnySchema | undefined,
  read: ReadAnswer,
  changes: boolean,
  attempted: Attempted,
  clock: Clock,
  expectMsMax: number,
): Outcome | Promise<Outcome> {
  const { sent, durationMs, answer } = attempted;
  const { body } = read;
  const raw = body.kind === "json" ? body.value : body.kind === "text" ? body.text : undefined;
  if (expect === undefined) return { name: "done", sent, durationMs, answer, value: raw };

  const judge = (met: Met): Outcome => {
    if (met.ok) return { name: "done", sent, durationMs, answer, value: met.value };
    if (body.kind === "empty" || body.kind === "text") {
      const why = `status ${read.status}, but the answer is ${body.kind === "empty" ? "empty" : "not JSON"}`;
      return { name: changes ? "in-doubt" : "failed-retryable", sent, durationMs, answer, why };
    }
    return { name: "done", sent, durationMs, answer, value: raw, unexpected: met.why };
  };
  const met = meets(expect, raw, clock, expectMsMax);
  return met instanceof Promise ? met.then(judge) : judge(met);
}
