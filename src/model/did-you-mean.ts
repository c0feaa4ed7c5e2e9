/**
 * The candidate that was probably meant by a mistyped word; undefined when none is close.
 *
 * @example closest("changedOny", ["changedOnly", "latestOnly"]) // "changedOnly"
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = distanceMax + 1;
  for (const candidate of candidates) {
    const distance = distanceBetween(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A hint for a word that is none of the candidates: the one that was probably meant, or all that there are. */
export function didYouMean(word: string, candidates: readonly string[], whatTheyAre: string): string {
  const meant = closest(word, candidates);
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  return candidates.length === 0 ? `There are no ${whatTheyAre}.` : `The ${whatTheyAre} are: ${candidates.join(", ")}.`;
}

/** How many letters must be added, dropped, changed or swapped with their neighbour (optimal string alignment). */
function distanceBetween(left: string, right: string): number {
  // Long words are never near each other by accident, and comparing them would cost the product of their lengths.
  if (Math.abs(left.length - right.length) > 20 || left.length > 120) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const next = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min(at(last, column) + 1, at(next, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      next.push(distance);
    }
    beforeLast = last;
    last = next;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
