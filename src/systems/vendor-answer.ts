import { allAt } from "../define/pagination.ts";
import type { Vendor, VendorAnswer } from "../define/vendor.ts";
import type { ReadAnswer } from "./answer.ts";

/** The first of the vendor's facts that fits an answer. */
export function vendorAnswer(vendor: Vendor, answer: ReadAnswer): VendorAnswer | undefined {
  return vendor.answers?.find((fact) => fits(fact, answer));
}

function fits(fact: VendorAnswer, answer: ReadAnswer): boolean {
  return (
    statusFits(fact, answer.status) && headerFits(fact, answer) && wordsFit(fact, answer) && bodyFits(fact, answer)
  );
}

function statusFits({ status }: VendorAnswer, given: number): boolean {
  if (status === undefined) return true;
  return typeof status === "number" ? status === given : status.includes(given);
}

function headerFits({ header, value }: VendorAnswer, { headers }: ReadAnswer): boolean {
  if (header === undefined) return true;
  const found = headers[header.toLowerCase()];
  return found !== undefined && (value === undefined || found.trim().toLowerCase() === value.toLowerCase());
}

function wordsFit({ words }: VendorAnswer, { text }: ReadAnswer): boolean {
  return words === undefined || (text?.toLowerCase().includes(words.toLowerCase()) ?? false);
}

function bodyFits({ at, is }: VendorAnswer, { body }: ReadAnswer): boolean {
  if (at === undefined) return true;
  if (body.kind !== "json") return false;
  const found = allAt(body.value, at).filter((one) => one !== undefined && one !== null);
  if (is === undefined) return found.length > 0;
  const wanted: readonly unknown[] = Array.isArray(is) ? is : [is];
  return found.some((one) => wanted.includes(one));
}
