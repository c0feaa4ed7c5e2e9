/** A page of a listing. */
export const findRowsMax = 1_000;
