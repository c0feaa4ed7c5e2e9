import { systemsDeclared } from "../define/systems-declared.ts";
import { command } from "../model/shell.ts";
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
    const paused = (await assembly.pauses.list()).filter(({ kind }) => kind !== "integration");
    const names = new Set(paused.filter(({ kind }) => kind === "system").map(({ name }) => name));
    await assembly.systems.look();
    const here = assembly.systems.state().map((system) => ({ ...system, paused: names.has(system.name) }));
    const all = live.kind === "live" ? live.answer.systems : here;
    const shown = all.filter(({ tenant }) => options.tenant === undefined || options.tenant === tenant);
    if (json) printJson({ live: live.kind === "live", systems: shown });
    else {
      const nowMs = assembly.world.clock.now();
      print(shown.length === 0 ? "No system is declared." : systemTable(shown, nowMs));
      printWhy(shown, nowMs);
      printRefusals(shown);
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
    { title: "base URL", whole: true, of: ({ name }) => urls.get(name) ?? "" },
    {
      title: "breaker",
      of: (one) => breakerText(one, nowMs),
      style: ({ breaker, paused }) => (paused || breaker !== "closed" ? "yellow" : undefined),
    },
    {
      title: "in flight",
      right: true,
      of: ({ inFlight, atOnce }) => (atOnce === null ? inFlight : `${inFlight} of ${atOnce.most}`),
      style: ({ atOnce }) => (atOnce === null ? undefined : "yellow"),
    },
    { title: "median, p95", right: true, of: ({ latency }) => latencyText(latency) },
    {
      title: "limits",
      whole: true,
      of: ({ limits }) => limits.map((one) => limitText(one, nowMs)).join(", ") || "none",
    },
    { title: "left alone until", of: ({ stoppedUntil }) => (stoppedUntil === null ? "" : ago(stoppedUntil, nowMs)) },
    { title: "auth", of: ({ auth }) => auth, style: ({ auth }) => (auth === "unauthorized" ? "red" : undefined) },
  ]);
}

function breakerText({ breaker, paused, openUntil }: SystemState, nowMs: number): string {
  if (paused) return "paused";
  return openUntil === null ? breaker : `${breaker}, probes ${ago(openUntil, nowMs)}`;
}

function latencyText(latency: SystemState["latency"]): string {
  return latency === null ? "" : `${Math.round(latency.medianMs)}, ${Math.round(latency.p95Ms)} ms`;
}

/** What a table has no room for, a line each: why fewer go at once, why it is left alone, what its answers say is left. */
function printWhy(shown: readonly SystemState[], nowMs: number): void {
  for (const { name: system, tenant, atOnce, stoppedBecause, told } of shown) {
    const name = tenant === undefined ? system : `${system} of ${tenant}`;
    if (atOnce !== null) print(`${plain(name)} gets ${atOnce.most} calls at once for now: ${plain(atOnce.why)}.`);
    if (stoppedBecause !== null && stoppedBecause !== "")
      print(`${plain(name)} asked to be left alone: ${plain(stoppedBecause)}.`);
    for (const quota of told) print(styled("dim", `${plain(name)} tells ${plain(toldText(quota, nowMs))}.`));
  }
}

function toldText({ told, left, limit, until }: SystemState["told"][number], nowMs: number): string {
  const of = limit === null ? "" : ` of ${limit}`;
  return `${told}: ${left} left${of}${until === null ? "" : `, more ${ago(until, nowMs)}`}`;
}

function limitText({ limit, left, refillsAt, spentAt, key }: SystemState["limits"][number], nowMs: number): string {
  const more = refillsAt === null ? "" : `, more ${ago(refillsAt, nowMs)}`;
  const spent = spentAt === null ? "" : `, at this pace spent at ${clockText(spentAt, nowMs)}`;
  return `${limit} (${left} left${key === undefined ? "" : ` of ${plain(key)}`}${more}${spent})`;
}

/** The time of day, with the day where it is another one. */
function clockText(iso: string, nowMs: number): string {
  const [day, time] = [iso.slice(0, 10), `${iso.slice(11, 16)} UTC`];
  return day === new Date(nowMs).toISOString().slice(0, 10) ? time : `${day} ${time}`;
}

/** One line for each that does not let us in: why, and what helps. */
function printRefusals(shown: readonly SystemState[]): void {
  for (const { name, auth, authWhy, next } of shown) {
    if (auth !== "unauthorized" || authWhy === null || authWhy === undefined) continue;
    const helps = next === null || next === undefined ? "" : styled("dim", `  ${plain(next)}`);
    print(styled("red", `✗ ${plain(name)} does not let us in: ${plain(authWhy)}`) + helps);
    if (helps === "") print(`  ${plain(credentialStep(name))}`);
  }
}

/** Where no command gives another token, a person has to: which secret it is, and how it is taken up. */
function credentialStep(name: string): string {
  const auth = systemsDeclared().find((system) => system.name === name)?.auth;
  const secret =
    auth?.kind === "bearer"
      ? auth.token.name
      : auth?.kind === "basic"
        ? auth.password.name
        : auth?.kind === "apiKey"
          ? auth.key.name
          : undefined;
  if (secret === undefined) return "Put its credentials right where they are given, and start again.";
  return `It is shown the secret ${secret}: put a valid one there (in .env, or where this process gets its environment from), and start again. One in a file that ${secret}_FILE names is read again by itself. What waits goes on; ${command("npx waybill systems probe", name)} asks at once.`;
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
