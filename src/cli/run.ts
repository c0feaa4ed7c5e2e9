import type { Assembly } from "../assembly/assembly.ts";
import { type BalanceResult, balanceOf } from "../flow/books.ts";
import { type RunOutProgress, runOut, type SourceRead, unsettledOf } from "../flow/run-out.ts";
import { tenantGiven } from "../flow/whose.ts";
import { durationText } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { createLog } from "../watch/log.ts";
import { askOwner } from "./ask-owner.ts";
import { printBooks } from "./balance.ts";
import { type Desk, type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { plain, print, printJson, progress, say, styled } from "./output.ts";
import { called } from "./pause.ts";

export interface RunOptions extends GlobalOptions {
  readonly tenant?: string;
}

/** `run NAME`: reads one integration's sources to their end, and delivers until each record is settled or waits for a person. */
export function runIntegration(name: string, options: RunOptions): Promise<ExitCode> {
  const emit = (assembly: () => Assembly) =>
    createLog({
      pretty: process.stderr.isTTY === true,
      // Its own lines say how it goes; who wants every event asks for it.
      level: process.env.WAYBILL_LOG ?? "silent",
      redact: (text) => assembly()?.secrets.redact(text) ?? text,
    });
  return withDesk(
    options,
    async (desk) => {
      const { assembly, json } = desk;
      const { definition } = assembly.known(name);
      const { tenant } = options;
      if (tenant !== undefined) await tenantGiven(assembly.tenants, definition, tenant);
      await refusePaused(desk, name, tenant);
      let stopping = false;
      for (const signal of ["SIGINT", "SIGTERM"] as const)
        process.once(signal, () => {
          stopping = true;
        });
      const done = await runSomewhere(desk, { name, tenant }, () => stopping);
      progress("");
      const balance = await balanceOf(assembly.ledger, assembly.integrations.keys(), name, tenant);
      if (json) printJson(resultOf(name, done, balance));
      else printResult(done, balance, stopping);
      await assembly.stop();
      return exitCodeOf(done, balance);
    },
    { emit },
  );
}

async function refusePaused({ assembly }: Desk, name: string, tenant: string | undefined): Promise<void> {
  const pause = (await assembly.pauses.list()).find(
    (one) => (one.kind === "integration" && one.name === name) || (one.kind === "tenant" && one.name === tenant),
  );
  if (pause === undefined) return;
  const because = pause.why === undefined ? "" : `: ${pause.why}`;
  throw new WaybillError(
    "bad-usage",
    `"${pause.name}" is paused, since ${new Date(pause.atMs).toISOString()} by ${pause.actor}${because}`,
    `npx waybill resume ${called(pause.kind, pause.name)} lets it go on.`,
  );
}

/** In this process, or on the one that owns the ledger; here again when that one ends before it is done. */
async function runSomewhere(
  desk: Desk,
  { name, tenant }: { readonly name: string; readonly tenant: string | undefined },
  isStopping: () => boolean,
): Promise<RunOutProgress> {
  const { assembly, json } = desk;
  const { ledger, world } = assembly;
  const shown = showProgress(world.clock.monotonic);
  for (;;) {
    try {
      await assembly.start({ only: name });
      const { clock } = world;
      return await runOut({ name, tenant, sources: assembly.sources(), ledger, clock, isStopping }, shown);
    } catch (error) {
      if (!(error instanceof WaybillError) || error.code !== "ledger-owned") throw error;
    }
    if (!json) say(styled("dim", "Another process runs on this ledger: it reads and delivers, and this one follows."));
    const onProgress = (far: unknown): void => shown(far as RunOutProgress);
    const asked = await askOwner<RunOutProgress>(desk, "run", name, tenant === undefined ? {} : { tenant }, {
      onProgress,
      isStopping,
    });
    if (asked.kind === "answered") return asked.answer;
    if (isStopping()) return { sources: [], unsettled: await unsettledOf({ name, tenant, ledger }), paused: [] };
    if (!json) say(styled("dim", "It has ended: this one goes on."));
  }
}

/** One line that is written over, with an estimate where the size of what is read is known. */
function showProgress(nowMs: () => number): (far: RunOutProgress) => void {
  const began = nowMs();
  return ({ sources, unsettled }) => {
    const reading = sources.filter(({ done }) => !done).map((source) => readingText(source, nowMs() - began));
    const left = unsettled === 0 ? "" : `${unsettled.toLocaleString("en")} to be delivered`;
    progress([...reading, left].filter((part) => part !== "").join("; "));
  };
}

function readingText({ source, records, at, share }: SourceRead, spentMs: number): string {
  const leftMs = share === undefined || share <= 0.01 ? undefined : (spentMs / share) * (1 - share);
  const estimate =
    leftMs === undefined ? "" : `, ${Math.floor((share ?? 0) * 100)}%, about ${durationText(leftMs)} left`;
  return `${plain(source)}: ${records.toLocaleString("en")} records${at === "" ? "" : ` (${plain(at)}${estimate})`}`;
}

function exitCodeOf({ sources, unsettled, paused }: RunOutProgress, balance: BalanceResult): ExitCode {
  if (!balance.balanced || sources.some(({ done }) => !done) || (unsettled > 0 && paused.length === 0)) return 1;
  const waits = balance.integrations.some(({ quarantined, dead, held }) => quarantined + dead + held > 0);
  return waits || paused.length > 0 || sources.some(({ problems }) => problems.length > 0) ? 3 : 0;
}

function resultOf(name: string, { sources, unsettled, paused }: RunOutProgress, balance: BalanceResult): unknown {
  return {
    integration: name,
    sources: sources.map(({ source, records, done, problems }) => ({ source, records, done, problems })),
    unsettled,
    waitsFor: paused,
    ...balance,
  };
}

function printResult({ sources, unsettled, paused }: RunOutProgress, balance: BalanceResult, stopped: boolean): void {
  if (sources.length === 0 && !stopped)
    print("It has no source that can be read to its end: what waited was delivered.");
  for (const { source, records, done, problems } of sources) {
    const what = `${plain(source)}: ${records.toLocaleString("en")} records`;
    const why = problems.length === 0 ? "it was stopped" : problems.map(plain).join("; ");
    if (!done) say(`${styled("red", "✗")} ${what}, and not to its end: ${why}`);
    else if (problems.length > 0) print(`${styled("yellow", "!")} ${what}, and a person is needed: ${why}`);
    else print(`${styled("green", "✓")} ${what}, to its end`);
  }
  printBooks(balance.integrations, balance.balanced);
  const waiting = `${unsettled.toLocaleString("en")} ${unsettled === 1 ? "record waits" : "records wait"}`;
  if (paused.length > 0) print(styled("yellow", `‖ ${waiting} for ${plain(paused.join(", "))}, paused`));
  else if (unsettled > 0)
    print(styled("yellow", `! ${waiting}, and ${unsettled === 1 ? "goes" : "go"} on with the next start or run`));
}
