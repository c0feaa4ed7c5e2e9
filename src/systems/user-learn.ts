import type { Learn, Learnt } from "../define/learn.ts";
import { type Duration, durationMs } from "../model/duration.ts";
import { said } from "../model/errors.ts";
import { shown } from "../model/options.ts";
import type { Answer } from "../model/outcome.ts";
import type { Quota } from "./rate-headers.ts";
import { capped, httpDate, type Stop } from "./retry-after.ts";
import { seenByUser } from "./seen.ts";

/** What `learn` made of an answer. `odd` when that cannot be: then it taught nothing, and somebody should hear of it. */
export interface Lesson {
  readonly quotas: readonly Quota[];
  readonly stop?: Stop | undefined;
  readonly odd?: string;
}

const nothing: Lesson = { quotas: [] };
const parts: readonly string[] = ["left", "resets", "stop"] satisfies (keyof Learnt)[];

/**
 * Asks code of the user's own what an answer says of the system's quota. Never throws: a call that is done stays done.
 *
 * @param nowMs milliseconds since 1970, used when the answer has no `date` header.
 */
export function lessonOf(learn: Learn, answer: Answer, nowMs: number): Lesson {
  try {
    const told: unknown = learn(seenByUser(answer));
    if (told === undefined) return nothing;
    if (typeof told !== "object" || told === null || told instanceof Promise)
      return odd(`it returned ${shown(told)}, and { left, resets, stop } is expected`);
    const unknown = Object.keys(told).find((part) => !parts.includes(part));
    if (unknown !== undefined) return odd(`it returned "${unknown}", and left, resets and stop are known`);
    return read(told, httpDate(answer.headers.date ?? "") ?? nowMs);
  } catch (thrown) {
    return odd(`it threw at status ${answer.status}: ${said(thrown)}`);
  }
}

function read({ left, resets, stop }: Learnt, fromMs: number): Lesson {
  const asked = stop === undefined ? undefined : afterOf("stop", stop, fromMs);
  const stops =
    asked === undefined || asked <= 0
      ? {}
      : { stop: { ...capped(asked), why: "its answer asks for it, as learn reads it" } };
  // A count that is not there becomes NaN, in whoever's code.
  if (left === undefined || Number.isNaN(left)) return { quotas: [], ...stops };
  if (!Number.isSafeInteger(left) || left < 0) return { ...odd(`left is ${shown(left)}`), ...stops };
  if (resets === undefined) return { ...odd("left is told without resets, so nobody knows until when"), ...stops };
  const quota = { told: "learn", limit: undefined, windowMs: undefined, ofCalls: true, partial: true };
  return { quotas: [{ ...quota, remaining: left, afterMs: afterOf("resets", resets, fromMs) }], ...stops };
}

function afterOf(what: string, when: Date | Duration, fromMs: number): number {
  if (!(when instanceof Date)) return durationMs(when, what);
  const at = when.getTime();
  if (Number.isNaN(at)) throw new RangeError(`${what} is a date that cannot be read`);
  return at - fromMs;
}

const odd = (why: string): Lesson => ({ quotas: [], odd: `what learn told: ${why}` });
