// How likely a count is, if nothing has changed: the tail of the binomial distribution, summed in logarithms so that 10^-300 is still a number.

/**
 * The probability of at least `k` of `n`, each with probability `p`.
 *
 * @example atLeast(7, 16, 0.01) // 1e-10: not by chance
 */
export function atLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  let sum = 0;
  let log = n * Math.log1p(-p);
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += Math.exp(log);
    log += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}
