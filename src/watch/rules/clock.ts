import type { Finding } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import type { ClockSeen, Observation } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";

/** That the clock was set back is told for so long. */
const toldForMs = 3_600_000;

/** The clock of each machine, against itself and against what answers say the time is. */
export const clock: Rule = {
  name: "clock",
  means:
    "A machine's clock differs by more than `off` from the date of the systems' answers or by 5 s from the ledger's server, or it was set back. Signatures, windows of limits and expiries go by it.",
  help: "Have the time kept by NTP: `timedatectl`. If only one system differs, the fault may be there.",
  find: (seen) => seen.clocks.flatMap((one) => [...setBack(one, seen), ...skewed(one, seen), ...apart(one)]),
};

const whose = ({ worker }: ClockSeen): string =>
  worker === undefined ? "The clock of this machine" : `The clock of the worker ${worker}`;
const about = (what: string, { worker }: ClockSeen): string => (worker === undefined ? what : `${what} ${worker}`);

function setBack(seen: ClockSeen, { thresholds, nowMs }: Observation): Finding[] {
  const { setBackMs, setBackAtMs } = seen;
  if (setBackAtMs === undefined || setBackMs < thresholds("clock", null).off || nowMs - setBackAtMs > toldForMs)
    return [];
  return [
    finding({
      rule: "clock",
      severity: "warning",
      about: about("set back", seen),
      message: `${whose(seen)} was set back by ${durationText(setBackMs)}.`,
      next: "timedatectl",
    }),
  ];
}

function skewed(seen: ClockSeen, { thresholds }: Observation): Finding[] {
  const off = seen.ahead.filter(({ byMs }) => Math.abs(byMs) >= thresholds("clock", null).off);
  const [first] = off;
  if (first === undefined) return [];
  const many = off.length > 1 && off.every(({ byMs }) => byMs > 0 === first.byMs > 0);
  const byMs = Math.min(...off.map((one) => Math.abs(one.byMs)));
  const words = `${durationText(byMs)} ${first.byMs > 0 ? "behind" : "ahead of"}`;
  const names = off
    .map(({ system }) => system)
    .slice(0, 5)
    .join(", ");
  return [
    finding({
      rule: "clock",
      severity: many ? "critical" : "warning",
      system: many ? null : first.system,
      about: about("skew", seen),
      count: off.length,
      message: `${whose(seen)} is ${words} what ${names} ${off.length === 1 ? "answers" : "answer"}.`,
      next: "timedatectl",
    }),
  ];
}

/** Retries, windows of keys and lookups go by the clocks of all workers: seconds count. */
const apartMs = 5_000;

function apart(seen: ClockSeen): Finding[] {
  const ledgerAheadMs = Math.round((seen.ledgerAheadMs ?? 0) / 1_000) * 1_000;
  if (Math.abs(ledgerAheadMs) < apartMs) return [];
  const words = `${durationText(Math.abs(ledgerAheadMs))} ${ledgerAheadMs > 0 ? "behind" : "ahead of"}`;
  return [
    finding({
      rule: "clock",
      severity: "warning",
      about: about("ledger", seen),
      message: `${whose(seen)} is ${words} that of the ledger's server. Beyond a minute a worker does not start there.`,
      next: "timedatectl",
    }),
  ];
}
