import { dayNumber, isoDayOf } from "./calendar.ts";
import { Problem } from "./reads.ts";

// How spreadsheets store days: as their number since the end of 1899 (in old Macintosh files since 1904), with the time of day as a fraction. The system of
// 1900 counts a 29 February 1900 that there was not, as Lotus 1-2-3 did (ECMA-376 part 1, 18.17.4.1): days before March 1900 stand one lower.

export type ExcelSystem = "excel" | "excel-1904";

/** Days from 1 January 1970 back to where the count begins. */
const beginnings = { excel: 25_569, "excel-1904": 24_107 } as const;

/** The number of days since 1970 of a serial's whole part. */
export function dayOfSerial(serial: number, system: ExcelSystem): number | Problem {
  if (system === "excel" && serial === 60)
    return new Problem("is 60, the 29 February 1900 that spreadsheets have and the calendar has not");
  const from = system === "excel" ? 1 : 0;
  if (serial < from || isoDayOf(serial - beginnings[system]) === undefined)
    return new Problem(`is ${serial}, which is no day of a spreadsheet`);
  return serial - beginnings[system] + (system === "excel" && serial < 60 ? 1 : 0);
}

/** The number of a day of ISO text; of the system of 1900 only from March 1900 on. */
export function serialOf(iso: string, system: ExcelSystem): number {
  const [year = 0, month = 0, day = 0] = iso.split("-").map(Number);
  return dayNumber(year, month, day) + beginnings[system];
}
