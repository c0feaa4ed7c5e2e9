import { stripVTControlCharacters } from "node:util";
import { durationText } from "../model/duration.ts";

// How numbers are said on the page and in the terminal.

export const counted = (count: number): string => count.toLocaleString("en");

/** `1 record`, `12 records`. */
export const many = (count: number, one: string, several = `${one}s`): string =>
  `${counted(count)} ${count === 1 ? one : several}`;

/** A time of two digits as people read it: `31 ms`, `1.2 s`, `4.5 min`, `3 h`; a dash where there is none. */
export function took(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${short(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${short(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${short(ms / 3_600_000)} h`;
  return `${short(ms / 86_400_000)} d`;
}

const short = (number: number): string => String(number < 10 ? Math.round(number * 10) / 10 : Math.round(number));

/** How long something has waited: `3h 10m`, a dash where nothing waits. */
export const waited = (ms: number | null): string => (ms === null ? "–" : durationText(ms));

/** How much more or less than before: `+12 %`, `×3.4`, `−40 %`; `""` where nobody knows or it is the same. */
export function change(now: number, before: number | null | undefined): string {
  if (before === null || before === undefined || now === before) return "";
  if (before === 0) return "new";
  if (now === 0) return "none now";
  const ratio = now / before;
  if (ratio >= 3) return `×${short(ratio)}`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? "" : percent > 0 ? `+${percent} %` : `−${-percent} %`;
}

/** The same as a person would say it: `12 % more than before`, `3.4 times as many as before`. */
export function changeWords(now: number, before: number | null | undefined): string {
  const text = change(now, before);
  if (before === null || before === undefined) return "";
  if (before === 0 && now > 0) return "none before";
  if (now === 0 && before > 0) return `${counted(before)} before`;
  if (text.startsWith("×")) return `${text.slice(1)} times as many as before`;
  if (text.startsWith("+")) return `${text.slice(1)} more than before`;
  return text === "" ? "" : `${text.slice(1)} fewer than before`;
}

/** `2026-11-26 14:20`, in UTC. */
export const minuteOf = (iso: string): string => iso.slice(0, 16).replace("T", " ");

/** `Thu 26 Nov 2026`, in UTC. */
export function dayOf(iso: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  })
    .format(new Date(iso))
    .replace(",", "");
}

/** On one line, without characters that steer a terminal or turn the direction of writing. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ")
    .trim();
}

const textMax = 240;
/** Of what others wrote: harmless, and not longer than a line or two. */
export function brief(text: string): string {
  const letters = [...harmless(text)];
  return letters.length > textMax ? `${letters.slice(0, textMax - 1).join("")}…` : letters.join("");
}

export const nothingCalled = "No system was called, as far as it is written down: the watch does that once a minute.";
