import type { SystemDefinition } from "../define/system-definition.ts";
import type { Answer } from "../model/outcome.ts";
import { quotasTold } from "./rate-headers.ts";
import { type Lesson, lessonOf } from "./user-learn.ts";
import { quotasOfVendor } from "./vendor-quota.ts";

/**
 * Every quota that an answer of a system tells: in the headers of the standard, in those of its vendor, and as the user's `learn` reads it.
 *
 * @param nowMs milliseconds since 1970, used when the answer has no `date` header.
 */
export function quotasIn(
  { vendor, learn }: Pick<SystemDefinition, "vendor" | "learn">,
  answer: Answer,
  nowMs: number,
): Lesson {
  const standard = quotasTold(answer.headers, nowMs);
  const vendors = vendor?.quotas === undefined ? [] : quotasOfVendor(vendor.quotas, answer.headers);
  const lesson: Lesson = learn === undefined ? { quotas: [] } : lessonOf(learn, answer, nowMs);
  return { ...lesson, quotas: [...standard, ...vendors, ...lesson.quotas] };
}
