// What columns hold, as any store reads them: a store without truth values has 1 for true.

export function value<T>(found: unknown): T | undefined {
  return found === null || found === undefined ? undefined : (found as T);
}

export const isTrue = (found: unknown): boolean => found === true || found === 1;
