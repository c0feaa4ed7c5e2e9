// The calendar of ISO 8601: Gregorian also before 1582, years 1 to 9999. `Date` is not asked, because it makes 2 March of 30 February.

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const shortMonths: readonly string[] = months.map((name) => name.slice(0, 3).toLowerCase());

export const dayMs = 86_400_000;

/** Why there is no such day; undefined when there is. */
export function dayProblem(year: number, month: number, day: number): string | undefined {
  if (year === 0) return "there is no year 0";
  if (month < 1 || month > 12) {
    const swapped = month > 12 && month <= 31 && day >= 1 && day <= 12;
    return `there is no month ${month}${swapped ? ": have day and month changed places?" : ""}`;
  }
  return day < 1 || day > lastDay(year, month) ? `there is no ${day} ${months[month - 1]} ${year}` : undefined;
}

function lastDay(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Why there is no such time of day. */
export function timeProblem(hour: number, minute: number, second: number): string | undefined {
  if (hour > 23) return `there is no hour ${hour}`;
  if (minute > 59) return `there is no minute ${minute}`;
  return second > 59 ? `there is no second ${second}` : undefined;
}

const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));
const two = (value: number): string => twoDigits[value] as string;

export function isoDay(year: number, month: number, day: number): string {
  return `${two(Math.floor(year / 100))}${two(year % 100)}-${two(month)}-${two(day)}`;
}

/** Days since 1 January 1970 (Howard Hinnant, chrono-compatible date algorithms: days_from_civil). */
export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** The day with this number, as ISO text; undefined outside the years 1 to 9999 (civil_from_days of the same). */
export function isoDayOf(number: number): string | undefined {
  if (number < firstDay || number > finalDay) return undefined;
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return isoDay(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day);
}
const firstDay = dayNumber(1, 1, 1);
const finalDay = dayNumber(9999, 12, 31);

/** An instant as ISO text in UTC; undefined outside the years 1 to 9999. @param nanos what is finer than the second of `ms`, 0 to 999,999,999. */
export function isoInstant(ms: number, nanos: number): string | undefined {
  const day = Math.floor(ms / dayMs);
  const date = isoDayOf(day);
  if (date === undefined) return undefined;
  const seconds = Math.floor((ms - day * dayMs) / 1_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return nanos === 0 ? `${date}T${time}Z` : `${date}T${time}.${String(nanos).padStart(9, "0").replace(/0+$/, "")}Z`;
}
