import { type PauseChange, pauseView } from "../flow/pauses.ts";
import type { Pause, PauseKind } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, plain, print, printJson, styled, table } from "./output.ts";
import { type PersonOptions, personFrom } from "./person.ts";

export interface PauseOptions extends GlobalOptions, PersonOptions {
  readonly integration?: boolean;
  readonly system?: boolean;
  /** A tenant's id. */
  readonly tenant?: string;
}

/** `pause [NAME]`: an integration or a system; without a name, what is paused. */
export function pause(name: string | undefined, options: PauseOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const what = whatFrom(name, options);
    if (what === undefined) return listPauses(desk);
    const changed = await desk.assembly.pauses.pause(what.name, what.kind, personFrom(options));
    if (desk.json) printJson(changed);
    else await printPaused(desk, changed);
    return 0;
  });
}

/** `resume NAME`, `resume --tenant ID`. */
export function resume(name: string | undefined, options: PauseOptions): Promise<ExitCode> {
  return withDesk(options, async (desk) => {
    const what = whatFrom(name, options);
    if (what === undefined)
      throw new WaybillError("bad-usage", "Who shall go on?", "npx waybill pause says what is paused.");
    const changed = await desk.assembly.pauses.resume(what.name, what.kind, personFrom(options));
    if (desk.json) printJson(changed);
    else if (!changed.changed) print(`${changed.kind} ${plain(changed.name)} was not paused.`);
    else print(`${styled("green", "✓")} ${changed.kind} ${plain(changed.name)} goes on${await whenItRuns(desk)}.`);
    return 0;
  });
}

function whatFrom(
  name: string | undefined,
  options: PauseOptions,
): { readonly name: string; readonly kind: PauseKind | undefined } | undefined {
  const { tenant } = options;
  if (tenant === undefined) return name === undefined ? undefined : { name, kind: kindFrom(options) };
  if (name === undefined && options.integration !== true && options.system !== true)
    return { name: tenant, kind: "tenant" };
  throw new WaybillError(
    "bad-usage",
    "--tenant names a tenant, and something else is named too.",
    `A tenant is paused with everything that is done for it: npx waybill pause --tenant ${tenant}.`,
  );
}

const kindNow: Readonly<Record<PauseKind, string>> = {
  integration: "  Its records are taken in and wait; what is being delivered ends. Nothing is lost.",
  system: "  Records that need it wait, and use up no attempts; requests under way end.",
  tenant: "  Its records are taken in and wait, and its accounts are not called. Everybody else goes on.",
};

/** How it is called on the command line. */
export const called = (kind: PauseKind, name: string): string => (kind === "tenant" ? `--tenant ${name}` : name);

function kindFrom({ integration, system }: PauseOptions): PauseKind | undefined {
  if (integration === true && system === true)
    throw new WaybillError("bad-usage", "Both --integration and --system are given.", "One name is one of the two.");
  return integration === true ? "integration" : system === true ? "system" : undefined;
}

async function printPaused(desk: Desk, { kind, name, changed, since, actor, why }: PauseChange): Promise<void> {
  const because = why === undefined ? "" : `: ${plain(why)}`;
  if (!changed) {
    print(`${kind} ${plain(name)} is paused already, since ${since} by ${plain(actor ?? "")}${because}`);
    return;
  }
  print(`${styled("yellow", "‖")} ${kind} ${plain(name)} is paused${await whenItRuns(desk)}.`);
  print(kindNow[kind]);
  print(styled("dim", `  npx waybill resume ${called(kind, name)} lets it go on.`));
}

/** A pause outlives every process: whoever does it while nothing runs is told so. */
async function whenItRuns({ assembly }: Desk): Promise<string> {
  return (await assembly.ledger.isOwned()) ? "" : " (nothing runs on this ledger now: from the next start on)";
}

async function listPauses({ assembly, json }: Desk): Promise<ExitCode> {
  const paused = await assembly.pauses.list();
  if (json) printJson({ paused: paused.map(pauseView) });
  else if (paused.length === 0) print("Nothing is paused.");
  else print(pauseTable(paused, assembly.world.clock.now()));
  return 0;
}

function pauseTable(paused: readonly Pause[], nowMs: number): string {
  return table(paused.map(pauseView), [
    { title: "paused", of: ({ name }) => name, style: () => "yellow" },
    { title: "", of: ({ kind }) => kind },
    { title: "since", of: ({ since }) => ago(since, nowMs) },
    { title: "by", of: ({ actor }) => actor },
    { title: "why", of: ({ why }) => why },
  ]);
}

/** One line for each pause, below what another command prints. */
export function printPauses(paused: readonly Pause[], nowMs: number): void {
  for (const { kind, name, since, actor, why } of paused.map(pauseView)) {
    const because = why === null ? "" : `: ${plain(why)}`;
    print(
      styled("yellow", `‖ ${kind} ${plain(name)} is paused, ${ago(since, nowMs)} by ${plain(actor)}${because}`) +
        styled("dim", `  npx waybill resume ${plain(called(kind, name))}`),
    );
  }
}
