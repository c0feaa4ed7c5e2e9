import type { AnyChange, HttpChange } from "../define/request.ts";
import type { SystemDefinition } from "../define/system.ts";
import { refuseTwoDeclarations, systemsDeclared } from "../define/systems-declared.ts";
import type { Ledger, Stop } from "../ledger/ledger.ts";
import { said } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Answer, Outcome } from "../model/outcome.ts";
import type { WireAnswer, World } from "../world/transport.ts";
import { type ReadAnswer, readAnswer } from "./answer.ts";
import { type Judged, judgeAnswer, judgedOf, judgeFailure, type Verdict } from "./classify.ts";
import { Gate, type Keeps } from "./gate.ts";
import { isPartial } from "./is-partial.ts";
import { type Attempted, doneOf, failureOf } from "./outcome-of.ts";
import { pageOutcome } from "./page-outcome.ts";
import { perform } from "./perform.ts";
import { markOwn, markTimedOut } from "./permit.ts";
import type { EnterOptions, Permit, SendOptions, StoredRequest, Systems } from "./port.ts";
import { prepare } from "./request.ts";
import { reservesFrom } from "./reserve.ts";
import type { Secrets } from "./secrets.ts";
import { authSecrets, type Wire, wireOf } from "./wire.ts";

export interface SystemsOptions {
  readonly secrets: Secrets;
  readonly emit: Emit;
  /** Keeps budgets and stops, so that they outlive this process. Without it they are counted here alone. */
  readonly ledger?: Pick<Ledger, "reserve" | "post">;
}

/** A schema that asks a database may take this long on top of the request. */
const expectMsMax = 5_000;
/** So many listings that were read in part are told. */
const partialMax = 100;

/**
 * The outbound side: prepares requests, lets them in by limits and breakers, sends each once, and says what came of it.
 *
 * @example
 * const systems = createSystems(world, { secrets: createSecrets(world.env, readFile), emit });
 * const permit = await systems.enter(change.system, { record, waitMsMax: 1_000, signal });
 * const outcome = await systems.send(change, systems.prepare(change, key), { signal, beforeSend, idempotencyKey: key, attempt: 1 });
 * permit.release(outcome);
 */
export function createSystems(world: World, { secrets, emit, ledger }: SystemsOptions): Systems {
  const { clock } = world;
  const gates = new Map<string, { readonly gate: Gate; readonly system: SystemDefinition }>();

  const keeps = ledger && keepsIn(ledger, world);
  let heeded: readonly Stop[] = [];
  const seen = new WeakSet<SystemDefinition>();
  let paused: ReadonlySet<string> = new Set();

  /** One name is one external account: one budget and one breaker, declared in one way. */
  const gateOf = (system: SystemDefinition): Gate => {
    const known = gates.get(system.name);
    if (known !== undefined && seen.has(system)) return known.gate;
    if (known !== undefined) refuseTwoDeclarations([known.system, system]);
    const gate = known?.gate ?? new Gate(system, clock, emit, keeps);
    if (known === undefined) {
      gates.set(system.name, { gate, system });
      gate.pause(paused.has(system.name));
      for (const stop of heeded) if (stop.system === system.name) gate.heed(stop);
    }
    seen.add(system);
    return gate;
  };

  const enter = (system: SystemDefinition, options: EnterOptions): Promise<Permit> => {
    try {
      return gateOf(system).enter(options);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  };

  const send = async (change: HttpChange, stored: StoredRequest, options: SendOptions): Promise<Outcome> => {
    const { system } = change;
    let wire: Wire;
    try {
      wire = wireOf(system, stored, secrets, options.at);
    } catch (thrown) {
      return { name: "unauthorized", sent: "no", durationMs: 0, why: said(thrown) };
    }
    const startedMs = clock.monotonic();
    const happened = await world.transport({
      method: stored.method,
      origin: wire.origin,
      path: wire.path,
      headers: wire.headers,
      body: wire.body,
      timeoutMs: change.timeoutMs ?? system.timeoutMs,
      answerBytesMax: system.answerBytesMax,
      signal: options.signal,
      beforeSend: options.beforeSend,
      privateAllowed: system.privateAllowed,
    });
    const durationMs = clock.monotonic() - startedMs;
    const judged = judgedOf(change, options.afterDoubt === true);
    return happened.kind === "failed"
      ? failed(happened, judged, durationMs)
      : answered(change, wire, happened, judged, durationMs);
  };

  const failed = (happened: Extract<WireAnswer, { kind: "failed" }>, judged: Judged, durationMs: number): Outcome => {
    const verdict = judgeFailure(happened, judged);
    const { status, headers } = happened;
    const answer: Answer | undefined =
      status === undefined ? undefined : { status, headers: headers ?? {}, text: undefined };
    const outcome = failureOf(verdict, { sent: happened.sent, durationMs, answer });
    if (verdict.own === true) return markOwn(outcome);
    return happened.reason === "timeout" ? markTimedOut(outcome) : outcome;
  };

  const answered = (
    change: HttpChange,
    sentTo: Wire,
    { status, headers, body }: Extract<WireAnswer, { kind: "answered" }>,
    judged: Judged,
    durationMs: number,
  ): Outcome | Promise<Outcome> => {
    const read = readAnswer(status, headers, body, change.system.answerBytesMax);
    const verdict = judgeAnswer(read, judged, clock.now(), sentTo);
    tell(change.system, verdict);
    const attempted: Attempted = { sent: "maybe", durationMs, answer: { status, headers, text: read.text } };
    if (verdict.outcome !== "done" || verdict.absent === true) return failureOf(verdict, attempted);
    const done = doneOf(change.expect, read, judged.changes, attempted, clock, expectMsMax);
    if (change.page === undefined) {
      tellPartial(change, read);
      return done;
    }
    const page = change.page;
    return done instanceof Promise
      ? done.then((one) => pageOutcome(change, page, read, one))
      : pageOutcome(change, page, read, done);
  };

  const partial = new Set<string>();

  /** Once for each path: it is about the code, not about the record. */
  const tellPartial = (change: HttpChange, read: ReadAnswer): void => {
    if (!isPartial(change, read)) return;
    const what = `${change.method} ${change.path.split("?", 1)[0]}`;
    const known = `${change.system.name} ${what}`;
    if (partial.has(known) || partial.size >= partialMax) return;
    partial.add(known);
    emit({ event: "system.partial", system: change.system.name, what });
  };

  const tell = (system: SystemDefinition, verdict: Verdict): void => {
    if (verdict.outcome === "unauthorized") for (const name of authSecrets(system.auth)) secrets.forget(name);
    if (verdict.absurd === true)
      emit({ event: "system.absurd", system: system.name, what: `a stop, cut to an hour (${verdict.why})` });
  };

  return {
    prepare,
    enter,
    send,
    perform: (change, stored, options) => perform(change, stored, options, clock),
    requestMsMax: (change: AnyChange) =>
      change.how === "http" ? (change.timeoutMs ?? change.system.timeoutMs) : change.system.timeoutMs,
    pause(names) {
      paused = names;
      for (const { gate, system } of gates.values()) gate.pause(names.has(system.name));
    },
    heed(stops) {
      heeded = stops;
      // A breaker that is at work here knows better what its system is like.
      for (const stop of stops) if (stop.kind === "told") gates.get(stop.system)?.gate.heed(stop);
    },
    state() {
      // What nobody has called yet stands there idle; its gate is made by its first caller.
      const uncalled = new Map(systemsDeclared().map((system) => [system.name, system]));
      for (const name of gates.keys()) uncalled.delete(name);
      const idle = [...uncalled.values()].map((system) => {
        const gate = new Gate(system, clock, () => undefined);
        gate.pause(paused.has(system.name));
        for (const stop of heeded) if (stop.system === system.name) gate.heed(stop);
        return gate.state();
      });
      return [...[...gates.values()].map(({ gate }) => gate.state()), ...idle].sort((a, b) =>
        a.name.localeCompare(b.name),
      );
    },
    async stop() {
      await Promise.allSettled([...gates.values()].map(({ gate }) => gate.close()));
    },
  };
}

function keepsIn(ledger: Pick<Ledger, "reserve" | "post">, { clock, random }: Pick<World, "clock" | "random">): Keeps {
  return {
    tenant: "",
    reserves: reservesFrom(ledger, clock, random.uuid()),
    // What cannot be written down now is told again by the next answer.
    post: (notice) => void ledger.post(notice).catch(() => undefined),
  };
}
