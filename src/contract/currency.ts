// How many decimal places a currency has is settled by ISO 4217, and is what banks and payment APIs count in. `Intl` tells how people write
// amounts, which is not the same: it gives forints, rupiah and Colombian pesos no places, and ISO two. Being wrong there is being wrong by a
// factor of a hundred. So these are the places by ISO 4217 (list one of 2026-01-01) of all currencies that have not two.
const places: ReadonlyMap<string, number> = new Map([
  ["BIF", 0],
  ["CLP", 0],
  ["DJF", 0],
  ["GNF", 0],
  ["ISK", 0],
  ["JPY", 0],
  ["KMF", 0],
  ["KRW", 0],
  ["PYG", 0],
  ["RWF", 0],
  ["UGX", 0],
  ["UYI", 0],
  ["VND", 0],
  ["VUV", 0],
  ["XAF", 0],
  ["XOF", 0],
  ["XPF", 0],
  ["BHD", 3],
  ["IQD", 3],
  ["JOD", 3],
  ["KWD", 3],
  ["LYD", 3],
  ["OMR", 3],
  ["TND", 3],
  ["CLF", 4],
  ["UYW", 4],
] as const);

/** The decimal places of a currency's minor unit; undefined when there is no such currency. */
export function currencyPlaces(currency: string): number | undefined {
  return places.get(currency) ?? (Intl.supportedValuesOf("currency").includes(currency) ? 2 : undefined);
}
