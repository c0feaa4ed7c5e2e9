import type { WorkerRow } from "../../ledger/workers.ts";
import { finding, type Rule } from "./rule.ts";
import { countText, timeText } from "./words.ts";

/** That one was lost is told even where another took its place at once: what ends it again and again should not go unnoticed. */
const toldForMs = 60_000;

/** A worker that the others declared dead: one alert for each name, over when as many of that name have joined since. */
export const worker: Rule = {
  name: "worker",
  means:
    "A worker of a fleet is gone and did not leave by itself: it was killed, stood still, or could not reach the ledger. Over when one of that name is back, or after `within`.",
  help: "Nothing is lost, and the others go on with its work. See why it ended, and start it again: `waybill workers` shows who is there and in which release.",
  find({ ledger: { workers }, thresholds, nowMs }) {
    const { within } = thresholds("worker", null);
    const lost = workers.filter(({ state, endedAtMs }) => state === "lost" && nowMs - (endedAtMs ?? 0) <= within);
    const left = workers.filter(({ endedAtMs }) => endedAtMs === undefined).length;
    return Object.entries(Object.groupBy(lost, ({ name }) => name)).flatMap(([name, ofName = []]) => {
      const [last] = ofName;
      if (last === undefined) return [];
      const back = haveHeirs(ofName, workers);
      if (back && nowMs - (last.endedAtMs ?? 0) >= toldForMs) return [];
      return finding({
        rule: "worker",
        severity: "warning",
        about: name,
        count: ofName.length,
        message: `The worker ${name} (${processText(last)}) is gone and did not leave by itself: it was last seen at ${timeText(last.movedAtMs ?? 0, nowMs)}${moreText(ofName.length)}. ${handText(last)} ${back ? "One of that name is back" : "Its share is others' now"}; ${countText(left, "worker")} ${left === 1 ? "works" : "work"}.`,
        next: "npx waybill workers",
      });
    });
  },
};

/** Whether in the place of each somebody of its name has come, who may be gone again. */
function haveHeirs(lost: readonly WorkerRow[], workers: readonly WorkerRow[]): boolean {
  const heirs = workers.filter(({ name }) => name === lost[0]?.name).map(({ joinedAtMs }) => joinedAtMs);
  heirs.sort((one, other) => one - other);
  const ends = lost.map(({ movedAtMs = 0 }) => movedAtMs).sort((one, other) => one - other);
  return ends.every((endMs) => {
    const at = heirs.findIndex((joinedMs) => joinedMs > endMs);
    if (at !== -1) heirs.splice(0, at + 1);
    return at !== -1;
  });
}

const processText = ({ pid, release }: WorkerRow): string =>
  `process ${pid}${release === "" ? "" : `, release ${release}`}`;

const moreText = (count: number): string => (count === 1 ? "" : `, the last of ${count}`);

function handText({ inHand }: WorkerRow): string {
  if (inHand === 0) return "It had nothing in hand.";
  return `It had ${countText(inHand, "record")} in hand: ${inHand === 1 ? "that goes" : "those go"} on elsewhere, once nothing of it can be under way any more.`;
}
