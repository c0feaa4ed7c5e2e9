import { reportMain } from "../../report/html.ts";
import type { Report } from "../../report/report.ts";
import type { Page } from "./frame.ts";

/** The report, as a page among the others. */
export function week(report: Report): Page {
  return { title: "The week", section: "week", body: reportMain(report) };
}
