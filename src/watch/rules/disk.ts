import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";

const mb = 1_000_000;

/** Room for the ledger: without it nothing can be taken in. */
export const disk: Rule = {
  name: "disk",
  means:
    "The disk of the ledger has less than `freeMb` megabytes left (`critical` below `leastMb`). When it is full, senders are asked to come again, and nothing is delivered.",
  help: "Make room, or keep less: `waybill prune --dry-run` says what could go; `keep` in the configuration.",
  find: ({ disk: seen, thresholds }) => {
    const { freeMb, leastMb } = thresholds("disk", null);
    if (seen === undefined || seen.freeBytes >= freeMb * mb) return [];
    return [
      finding({
        rule: "disk",
        severity: seen.freeBytes < leastMb * mb ? "critical" : "warning",
        message: `The disk of the ledger has ${Math.round(seen.freeBytes / mb)} MB left (${seen.folder}).`,
        next: command("df -h", seen.folder),
      }),
    ];
  },
};
