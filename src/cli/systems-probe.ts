import type { ProbeAsk } from "../flow/asks.ts";
import { type Probed, probe } from "../flow/probe.ts";
import { durationText } from "../model/duration.ts";
import { askOwner } from "./ask-owner.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled } from "./output.ts";

export interface ProbeOptions extends GlobalOptions {
  readonly anyway?: boolean;
  readonly tenant?: string;
}

/** `systems probe NAME`: by the process that runs, whose limits and stops it shares; else by this one. 1 when the system does not answer well. */
export function probeSystem(name: string, options: ProbeOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const probed = await probeSomewhere(desk, name, {
      asked: options.anyway === true ? "anyway" : "politely",
      tenant: options.tenant,
    });
    if (desk.json) printJson(probed);
    else tell(probed, desk.assembly.world.clock.now());
    return probed.answers ? 0 : 1;
  });
}

async function probeSomewhere(desk: Desk, name: string, ask: ProbeAsk): Promise<Probed> {
  const { assembly } = desk;
  if (await assembly.ledger.isOwned()) {
    const answer = await askOwner<Probed>(desk, "probe", name, ask);
    if (answer.kind === "answered") return answer.answer;
  }
  const paused = await assembly.pauses.list();
  const named = (of: string): ReadonlySet<string> =>
    new Set(paused.filter(({ kind }) => kind === of).map((pause) => pause.name));
  assembly.systems.pause(named("system"), named("tenant"));
  return probe(assembly, name, ask.asked, ask.tenant);
}

function tell(probed: Probed, nowMs: number): void {
  const { system, asked, answers, outcome, status, why, durationMs, headers, leftAloneUntil } = probed;
  if (outcome === null) {
    print(`${styled("yellow", "‖")} ${plain(system)} was not asked: ${plain(why ?? "")}.`);
    if (leftAloneUntil !== null)
      print(
        `  Ask again ${ago(leftAloneUntil, nowMs)}; --anyway asks in spite of a stop or a pause, within what is declared.`,
      );
    return;
  }
  const came = status === null ? outcome : `status ${status}`;
  const mark = answers ? styled("green", "✓") : styled("red", "✗");
  print(
    `${mark} ${plain(system)} ${answers ? "answers" : "does not answer well"}: ${came} after ${took(durationMs ?? 0)}.`,
  );
  print(styled("dim", `  ${plain(asked)}`));
  if (why !== null && (!answers || outcome !== "done")) print(`  ${plain(why)}`);
  for (const [header, value] of Object.entries(headers)) print(`  ${plain(header)}: ${plain(value)}`);
}

function took(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : durationText(ms);
}
