/**
 * How many records one tenant may still be given: it may hold as many as are free, so one alone gets half, and n of them leave room for one more. After
 * the dynamic thresholds of shared buffers (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). `""` is nobody in particular.
 */
export function shareOf(tenant: string, held: number, free: number): number {
  return tenant === "" ? free : Math.max(0, Math.ceil((free - held) / 2));
}
