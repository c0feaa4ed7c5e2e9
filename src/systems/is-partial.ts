import type { HttpChange } from "../define/request.ts";
import type { ReadAnswer } from "./answer.ts";
import { nextPage } from "./next-page.ts";

/** Whether an answer that was asked for without `pages()` says itself that there is more. Where pages are only counted, none says so. */
export function isPartial(change: HttpChange, answer: ReadAnswer): boolean {
  const { pagination, baseUrl } = change.system;
  if (pagination === undefined || baseUrl === undefined || change.kind !== "read") return false;
  if (pagination.by === "number" || pagination.by === "offset" || pagination.by === "statement") return false;
  try {
    return nextPage({ pagination, at: 0 }, answer, baseUrl, change.path) !== undefined;
  } catch {
    // It is no listing, or none that anybody said how to walk.
    return false;
  }
}
