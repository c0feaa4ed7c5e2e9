import type { AnyChange } from "../define/request.ts";
import type { StoredEffect } from "../ledger/ledger.ts";
import { encode } from "../model/codec.ts";
import { said } from "../model/errors.ts";
import { readAnswer } from "../systems/answer.ts";
import { meets } from "../systems/expect.ts";
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
  const { body } = readAnswer(status, {}, Buffer.from(text), Number.POSITIVE_INFINITY);
  if (body.kind === "unreadable") return { ...stored, why: body.why };
  const raw = body.kind === "json" ? body.value : body.kind === "text" ? body.text : undefined;
  const met =
    change.expect === undefined
      ? ({ ok: true, value: raw } as const)
      : await meets(change.expect, raw, run.shop.world.clock, expectMsMax);
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
