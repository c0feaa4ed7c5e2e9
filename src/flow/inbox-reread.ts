import type { AnyChange } from "../define/request.ts";
import type { AnySchema } from "../define/schema.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { readAnswer } from "../systems/answer.ts";
import { type Met, meets } from "../systems/expect.ts";
import type { Clock } from "../world/clock.ts";
import type { Run } from "./run.ts";

/** A schema that asks a database may take this long. */
const expectMsMax = 5_000;

/**
 * Reads the stored answer of an effect that was applied against the present `expect`: whoever lets a held record go may have changed it. Answers
 * the effect as it stands then, done or as it was.
 */
export async function rereadAnswer(run: Run, change: AnyChange, stored: StoredEffect): Promise<StoredEffect> {
  const { status = 200, text } = JSON.parse(stored.answer ?? "{}") as { status?: number; text?: string };
  if (text === undefined) return stored;
  const met = await readAnswerAgain(change.expect, status, text, run.shop.world.clock);
  if (!met.ok) return { ...stored, why: met.why };
  try {
    const result = encode(met.value);
    return {
      ...stored,
      state: "done",
      result,
      answer: undefined,
      why: undefined,
      doneAtMs: stored.doneAtMs ?? run.nowMs,
    };
  } catch (error) {
    return { ...stored, why: said(error) };
  }
}

/** Reads the text of an answer by a schema, as it was or would have been read when it came. */
export async function readAnswerAgain(
  expect: AnySchema | undefined,
  status: number,
  text: string,
  clock: Clock,
): Promise<Met> {
  const { body } = readAnswer(status, {}, Buffer.from(text), Number.POSITIVE_INFINITY);
  if (body.kind === "unreadable") return { ok: false, why: body.why };
  const raw = body.kind === "json" ? body.value : body.kind === "text" ? body.text : undefined;
  return expect === undefined ? { ok: true, value: raw } : meets(expect, raw, clock, expectMsMax);
}
