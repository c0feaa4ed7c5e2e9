import type { HttpChange, Page, PageOf } from "../define/request.ts";
import { said } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ReadAnswer } from "./answer.ts";
import { nextPage } from "./next-page.ts";

/** The outcome of a request for one page: its value, and where the next one is. A page that does not say it is refused: it is not the end. */
export function pageOutcome(change: HttpChange, page: PageOf, answer: ReadAnswer, outcome: Outcome): Outcome {
  const { baseUrl } = change.system;
  if (outcome.name !== "done" || outcome.unexpected !== undefined || baseUrl === undefined) return outcome;
  try {
    const value: Page<unknown> = { value: outcome.value, next: nextPage(page, answer, baseUrl, change.path) };
    return { ...outcome, value };
  } catch (thrown) {
    const { sent, durationMs } = outcome;
    return {
      name: "failed-permanent",
      sent,
      durationMs,
      answer: outcome.answer,
      why: `this page does not say whether it is the last: ${said(thrown)}`,
    };
  }
}
