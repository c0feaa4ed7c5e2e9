import { type Keeping, keepingOf, type Pruned, pruneStepOf } from "../flow/retention.ts";
import { type Duration, durationMs, durationText } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { askOwner } from "./ask-owner.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, progress, styled } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";

export interface PruneOptions extends GlobalOptions, PersonOptions {
  readonly older?: string;
  readonly dryRun?: boolean;
}

/** `prune`: lets go now of what is kept long enough: by the configuration's `keep`, or of everything final that is older. */
export function prune(options: PruneOptions): Promise<ExitCode> {
  return withDesk(
    options,
    async (desk) => {
      const { assembly, project, json } = desk;
      const { ledger, world } = assembly;
      const keep = keepingFor(keepingOf(project.config.keep), options.older);
      if (options.dryRun === true) {
        const would = await ledger.prunable(pruneStepOf(keep, world.clock.now(), 0));
        if (json) printJson({ dryRun: true, ...would });
        else print(`Would let go of ${prunedText(would)} (${keepText(keep)}). Nothing was changed.`);
        return 0;
      }
      const pruned = await pruneSomewhere(desk, keep);
      progress("");
      const { actor, why } = personFrom(options);
      const detail = JSON.stringify({ ...keep, ...pruned });
      await ledger.post({ post: "entry", atMs: world.clock.now(), what: "pruned", about: "", actor, why, detail });
      if (json) printJson(pruned);
      else print(`${styled("green", "✓")} Let go of ${prunedText(pruned)} (${keepText(keep)}).`);
      return 0;
    },
    { mustExist: true },
  );
}

/** `--older 30d`: everything final that came before goes, its record too; marks stay as long as the configuration says. */
function keepingFor(keep: Keeping, older: string | undefined): Keeping {
  if (older === undefined) return keep;
  if (!/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(older))
    throw new WaybillError("bad-usage", `--older is ${older}.`, "Give a length of time: 30d, 12h.");
  const olderMs = durationMs(older as Duration);
  return { ...keep, payloadsMs: olderMs, historyMs: olderMs, callsMs: olderMs };
}

/** By the owner, whose walks through the ledger must not meet another's; without one, as the owner for a while. */
async function pruneSomewhere(desk: Desk, keep: Keeping): Promise<Pruned> {
  const { ledger, world, retention } = desk.assembly;
  const shown = (so: unknown): void => progress(`let go of ${prunedText(so as Pruned)} so far`);
  for (;;) {
    try {
      await ledger.own(world.clock.now());
      return await retention.prune(keep, shown);
    } catch (error) {
      if (!(error instanceof WaybillError) || error.code !== "ledger-owned") throw error;
    }
    const asked = await askOwner<Pruned>(desk, "prune", "", keep, { onProgress: shown });
    if (asked.kind === "answered") return asked.answer;
  }
}

function prunedText({ payloads, records, marks, calls }: Pruned): string {
  const count = (n: number, one: string): string => `${n.toLocaleString("en")} ${n === 1 ? one : `${one}s`}`;
  return `${count(payloads, "payload")}, ${count(records, "record")}, ${count(marks, "mark")} and ${count(calls, "call")}`;
}

function keepText({ payloadsMs, historyMs, marksMs, callsMs }: Keeping): string {
  const marks = marksMs === undefined ? "for ever" : durationText(marksMs);
  return `payloads are kept ${durationText(payloadsMs)}, history ${durationText(historyMs)}, marks ${marks}, calls ${durationText(callsMs)}`;
}
