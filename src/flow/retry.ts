export interface RetryPlan {
  readonly giveUpAfterMs: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause before the next attempt: full jitter over an exponential ceiling, so that a thousand records that failed together do not come
 * back together (AWS Architecture Blog, "Exponential Backoff and Jitter", 2015).
 *
 * @param attempts how many have failed, this one included; 1 after the first.
 * @param chance a number in [0, 1).
 */
export function pauseMs(plan: RetryPlan, attempts: number, chance: number): number {
  const doublings = Math.min(Math.max(attempts - 1, 0), 40);
  const ceilingMs = Math.min(plan.longestMs, plan.firstMs * 2 ** doublings);
  return Math.round(chance * ceilingMs);
}

/** Whether the give-up clock, which sums a record's own attempts and pauses, has run out. */
export function givesUp(plan: RetryPlan, spentMs: number): boolean {
  return spentMs >= plan.giveUpAfterMs;
}
