import { systemsDeclared } from "../define/systems-declared.ts";
import type { SystemState } from "../systems/port.ts";
import { askServer, type Live } from "./ask-server.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";
import { printPauses } from "./pause.ts";

interface Answer {
  readonly systems: readonly SystemState[];
}

export interface SystemsOptions extends GlobalOptions {
  readonly tenant?: string;
}

/** `systems`: those that are declared or were called, as the process that runs sees them; while nothing runs, as they would begin. */
export function systems(options: SystemsOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const { assembly, json } = desk;
    const live = await askServer<Answer>(desk, "/v1/systems");
    const paused = (await assembly.pauses.list()).filter(({ kind }) => kind === "system");
    const names = new Set(paused.map(({ name }) => name));
    const here = assembly.systems.state().map((system) => ({ ...system, paused: names.has(system.name) }));
    const all = live.kind === "live" ? live.answer.systems : here;
    const shown = all.filter(({ tenant }) => options.tenant === undefined || options.tenant === tenant);
    if (json) printJson({ live: live.kind === "live", systems: shown });
    else {
      const nowMs = assembly.world.clock.now();
      print(shown.length === 0 ? "No system is declared." : systemTable(shown, nowMs));
      printPauses(paused, nowMs);
      sayWhence(live);
    }
    return 0;
  });
}

function systemTable(shown: readonly SystemState[], nowMs: number): string {
  const urls = new Map(
    systemsDeclared().map(({ name, baseUrl, baseUrlOf }) => [
      name,
      baseUrl?.href ?? (baseUrlOf === undefined ? "(performs)" : "(each tenant's)"),
    ]),
  );
  return table(shown, [
    { title: "system", of: ({ name }) => name },
    ...(shown.some(({ tenant }) => tenant !== undefined)
      ? [{ title: "tenant", of: ({ tenant }: SystemState) => tenant ?? "" }]
      : []),
    { title: "base URL", of: ({ name }) => urls.get(name) ?? "" },
    {
      title: "breaker",
      of: ({ breaker, paused }) => (paused ? "paused" : breaker),
      style: ({ breaker, paused }) => (paused || breaker !== "closed" ? "yellow" : undefined),
    },
    { title: "in flight", right: true, of: ({ inFlight }) => inFlight },
    { title: "limits", of: ({ limits }) => limits.map((one) => limitText(one, nowMs)).join(", ") || "none" },
    { title: "left alone until", of: ({ stoppedUntil }) => (stoppedUntil === null ? "" : ago(stoppedUntil, nowMs)) },
    { title: "auth", of: ({ auth }) => auth, style: ({ auth }) => (auth === "unauthorized" ? "red" : undefined) },
  ]);
}

function limitText({ limit, left, refillsAt }: SystemState["limits"][number], nowMs: number): string {
  return `${limit} (${left} left${refillsAt === null ? "" : `, more ${ago(refillsAt, nowMs)}`})`;
}

function sayWhence(live: Live<Answer>): void {
  if (live.kind === "nothing-runs")
    print(styled("dim", "Nothing runs on this ledger now: these are the systems as they would begin."));
  if (live.kind === "no-answer")
    print(
      styled(
        "dim",
        `What runs on this ledger cannot be asked (${plain(live.why)}): these are the systems as they would begin.`,
      ),
    );
}
