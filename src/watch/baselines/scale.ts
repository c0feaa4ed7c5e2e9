// What is learnt is kept in one byte each, on a scale of equal ratios: 0 is 0, and each step is 7 % more. A count or a length of time is then known to
// within 3.5 %, which is plenty for "usual", and eight weeks of a feed fit in 2.7 kB.

const ratio = Math.log(1.07);
/** The hour was not watched, or not whole: nothing is known of it. */
export const unknown = 255;

/** The step nearest to a value. @param value 0 or more; whole counts, or seconds. */
export function stepOf(value: number): number {
  return Math.min(unknown - 1, Math.round(Math.log1p(Math.max(0, value)) / ratio));
}

/** The value of a step. @example amountOf(stepOf(1000)) // 990 */
export function amountOf(step: number): number {
  return Math.expm1(step * ratio);
}
