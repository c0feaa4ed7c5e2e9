import type { AnyChange, HttpChange } from "../define/request.ts";
import type { SystemDefinition } from "../define/system.ts";
import { refuseTwoDeclarations, systemsDeclared } from "../define/systems-declared.ts";
import type { Ledger, Stop } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import { isInternal } from "../model/internal.ts";
import type { Answer, Outcome } from "../model/outcome.ts";
import type { WireAnswer, World } from "../world/transport.ts";
import { type ReadAnswer, readAnswer } from "./answer.ts";
import type { Token } from "./auth/account.ts";
import { createAccounts } from "./auth/accounts.ts";
import { withStanding } from "./auth/standing.ts";
import { type Ticket, ticketFor, ticketMsMax, withoutTicket } from "./auth/ticket.ts";
import type { CallLog } from "./calls/log.ts";
import { type Judged, judgeAnswer, judgedOf, judgeFailure, type Verdict } from "./classify.ts";
import { readDates } from "./dates.ts";
import { Gate } from "./gate.ts";
import { isPartial } from "./is-partial.ts";
import { keepsIn, keepsOf } from "./keeping.ts";
import { type Attempted, doneOf, failureOf } from "./outcome-of.ts";
import { parsePage } from "./page-json.ts";
import { pageOutcome } from "./page-outcome.ts";
import { perform } from "./perform.ts";
import { markOwn, markTimedOut } from "./permit.ts";
import type { EnterOptions, Permit, SendOptions, StoredRequest, Systems } from "./port.ts";
import { prepare } from "./request.ts";
import type { KnowingSecrets, Secrets } from "./secrets.ts";
import type { TenantRef } from "./tenant-ref.ts";
import { systemOfTenant, TenantSystems } from "./tenant-system.ts";
import type { TenantLists } from "./tenants.ts";
import { callSpanOf, tellOver, withTrace } from "./traced.ts";
import { authSecrets, type Wire } from "./wire.ts";

export interface SystemsOptions {
  readonly secrets: KnowingSecrets;
  readonly tenants?: Pick<TenantLists, "get" | "secretsOf" | "loadSecrets">;
  readonly emit: Emit;
  /** Keeps budgets, stops and tokens, so that they outlive this process. Without it they are counted and kept here alone. */
  readonly ledger?: Pick<Ledger, "reserve" | "lend" | "post" | "tokens" | "stepToken" | "facts">;
  /** Where calls are told to people; without it nowhere. */
  readonly calls?: Pick<CallLog, "note" | "noteToken"> | undefined;
  /** Records that waited for a budget are due before their time. */
  readonly onCalledIn?: () => void;
}

interface Known {
  readonly gate: Gate;
  readonly system: SystemDefinition;
  readonly tenant: string | undefined;
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
export function createSystems(world: World, options: SystemsOptions): Systems {
  const { secrets, tenants, emit, ledger, calls, onCalledIn } = options;
  const { clock } = world;
  const gates = new Map<string, Known>();
  const accounts = new TenantSystems(tenants);

  const onConnected = (system: string, tenant: string): void =>
    gates.get(tenant === "" ? system : systemOfTenant(system, tenant))?.gate.reauthorized();
  const tokens = createAccounts({ world, secrets, emit, ledger, calls, onConnected });
  const dates = readDates(clock);
  const keeps = ledger && keepsIn(ledger, world, onCalledIn ?? (() => undefined));
  let heeded: readonly Stop[] = [];
  const stopsOf = (name: string): readonly Stop[] => heeded.filter((stop) => gateName(stop) === name);
  const seen = new WeakSet<SystemDefinition>();
  let paused: ReadonlySet<string> = new Set();
  let pausedTenants: ReadonlySet<string> = new Set();
  const isPaused = ({ system, tenant }: Pick<Known, "system" | "tenant">): boolean =>
    paused.has(system.name) || (tenant !== undefined && pausedTenants.has(tenant));

  /** A gate knows of no tenants: it has the account under a name of its own, and what it tells and keeps is called otherwise here. */
  const gateFor = (system: SystemDefinition, tenant: string | undefined): Gate =>
    tenant === undefined
      ? new Gate(system, clock, emit, keeps)
      : new Gate(
          { ...system, name: systemOfTenant(system.name, tenant) },
          clock,
          (event) => emit("system" in event ? { ...event, system: system.name, tenant } : event),
          keeps && keepsOf(keeps, { system: system.name, tenant }),
        );

  /** One name is one external account, or one for each tenant: one budget and one breaker, declared in one way. */
  const gateOf = (system: SystemDefinition, ref: TenantRef | undefined): Gate => {
    const tenant = accounts.whose(system, ref);
    const name = tenant === undefined ? system.name : systemOfTenant(system.name, tenant);
    const known = gates.get(name);
    if (known !== undefined && (known.system === system || seen.has(system))) return known.gate;
    if (known !== undefined) refuseTwoDeclarations([known.system, system]);
    const gate = known?.gate ?? gateFor(system, tenant);
    if (known === undefined) {
      gates.set(name, { gate, system, tenant });
      gate.pause(isPaused({ system, tenant }));
      gate.heed(stopsOf(name), true);
    } else {
      seen.add(system);
    }
    return gate;
  };

  const secretsOf = (tenant: TenantRef | undefined): Secrets =>
    tenant === undefined ? secrets : (tenants?.secretsOf(tenant) ?? secrets);

  const tenantOf = ({ per }: SystemDefinition, id: string | undefined): TenantRef | undefined =>
    per === undefined || id === undefined ? undefined : { of: per.name, id };

  const enter = (system: SystemDefinition, options: EnterOptions): Promise<Permit> => {
    try {
      return gateOf(system, options.tenant).enter(options);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  };

  const send = async (change: HttpChange, stored: StoredRequest, options: SendOptions): Promise<Outcome> => {
    const { tenant } = options;
    let system: SystemDefinition;
    let ticket: Ticket;
    try {
      if (tenant !== undefined) await tenants?.loadSecrets(tenant);
      system = accounts.of(change.system, tenant);
      const own = { tokens, secrets: secretsOf(tenant), world, tenant: accounts.whose(system, tenant) ?? "" };
      const asked = ticketFor(system, stored, own, options.at);
      ticket = asked instanceof Promise ? await asked : asked;
    } catch (thrown) {
      const outcome = withoutTicket(thrown, secrets);
      const whose = change.system.per === undefined ? "" : (tenant?.id ?? "");
      if (outcome.name === "unauthorized") tokens.refused(change.system, whose, undefined, outcome.why);
      return outcome;
    }
    const { wire, token, tls } = ticket;
    const span = callSpanOf(options, system, stored, wire);
    const startedMs = clock.monotonic();
    const happened = await world.transport({
      method: stored.method,
      origin: wire.origin,
      path: wire.path,
      headers: span === undefined ? wire.headers : withTrace(wire.headers, span),
      body: wire.body,
      timeoutMs: change.timeoutMs ?? system.timeoutMs,
      answerBytesMax: system.answerBytesMax,
      signal: options.signal,
      beforeSend: options.beforeSend,
      privateAllowed: system.privateAllowed,
      tls,
      about: { change, account: accounts.whose(system, tenant) ?? "" },
    });
    const durationMs = clock.monotonic() - startedMs;
    if (span !== undefined) tellOver(span, happened);
    const judged = judgedOf(change, options.afterDoubt === true);
    const noted = (outcome: Outcome): Outcome => {
      const whose = tenant?.id ?? "";
      calls?.note({
        of: options.call,
        system,
        tenant: whose,
        stored,
        attempt: options.attempt,
        outcome,
        wire,
        happened,
      });
      return outcome;
    };
    if (happened.kind === "failed") {
      const outcome = failed(happened, judged, durationMs);
      return happened.reason === "revoked" ? outcome : noted(outcome);
    }
    const asSent = system === change.system ? change : { ...change, system };
    const outcome = noted(await answered(asSent, wire, happened, judged, durationMs, options));
    return system.auth === undefined
      ? outcome
      : afterAnswer(system, accounts.whose(system, tenant) ?? "", token, outcome);
  };

  /** What an answer says about who this side is. A token may have been taken back early: another one is asked for, once. */
  const afterAnswer = (
    system: SystemDefinition,
    tenant: string,
    token: Token | undefined,
    outcome: Outcome,
  ): Outcome => {
    if (outcome.name === "done") tokens.accepted(system, tenant, token);
    if (outcome.name !== "unauthorized" || !tokens.refused(system, tenant, token, outcome.why)) return outcome;
    const { sent, durationMs, answer, why } = outcome;
    const again = `${why}; it is sent again with a new token`;
    return markOwn({ name: "failed-retryable", sent, durationMs, answer, why: again });
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
    { tenant, call }: SendOptions,
  ): Outcome | Promise<Outcome> => {
    dates.note(change.system.name, headers);
    const read = readAnswer(
      status,
      headers,
      body,
      change.system.answerBytesMax,
      call?.kind === "poll" ? parsePage : undefined,
    );
    const verdict = judgeAnswer(read, judged, clock.now(), sentTo);
    tell(change.system, verdict, tenant);
    const attempted: Attempted = { sent: "maybe", durationMs, answer: { status, headers, text: read.text } };
    if (verdict.outcome !== "done" || verdict.absent === true) return withoutSecrets(failureOf(verdict, attempted));
    const done = doneOf(change.expect, read, judged.changes, attempted, clock, expectMsMax);
    const { page } = change;
    if (page === undefined) tellPartial(change, read);
    const whole = (one: Outcome): Outcome =>
      withoutSecrets(page === undefined ? one : pageOutcome(change, page, read, one));
    return done instanceof Promise ? done.then(whole) : whole(done);
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

  /** An answer that is no result is kept for people to read, and may hold what it was asked with. */
  const withoutSecrets = (outcome: Outcome): Outcome => {
    if (outcome.name === "done" && outcome.unexpected === undefined) return outcome;
    const { redact } = secrets;
    const { answer } = outcome;
    const shown = answer?.text === undefined ? {} : { answer: { ...answer, text: redact(answer.text) } };
    if (outcome.name === "done") return { ...outcome, ...shown, unexpected: redact(outcome.unexpected ?? "") };
    return { ...outcome, ...shown, why: redact(outcome.why) };
  };

  const tell = (system: SystemDefinition, verdict: Verdict, tenant: TenantRef | undefined): void => {
    if (verdict.outcome === "unauthorized") for (const name of authSecrets(system.auth)) secretsOf(tenant).forget(name);
    const whose = accounts.whose(system, tenant);
    if (verdict.absurd === true)
      emit({
        event: "system.absurd",
        system: system.name,
        ...(whose === undefined ? {} : { tenant: whose }),
        what: `a stop, cut to an hour (${verdict.why})`,
      });
  };

  return {
    prepare,
    enter,
    send,
    async perform(change, stored, options) {
      const outcome = withoutSecrets(await perform(change, stored, options, clock));
      const { system } = change;
      const [wire, happened] = [undefined, undefined];
      const of = { of: options.call, system, tenant: options.tenant?.id ?? "", attempt: options.attempt };
      if (outcome.sent === "maybe") calls?.note({ ...of, stored, outcome, wire, happened });
      return outcome;
    },
    requestMsMax: (change: AnyChange) =>
      change.how === "http"
        ? (change.timeoutMs ?? change.system.timeoutMs) + ticketMsMax(change.system)
        : change.system.timeoutMs,
    pause(systems, of = new Set()) {
      paused = systems;
      pausedTenants = of;
      for (const known of gates.values()) known.gate.pause(isPaused(known));
    },
    heed(stops) {
      heeded = stops;
      for (const [name, { gate }] of gates) gate.heed(stopsOf(name));
    },
    look: () => tokens.look(systemsDeclared()),
    state() {
      // What nobody has called yet stands there idle; its gate is made by its first caller.
      const uncalled = new Map(systemsDeclared().map((system) => [system.name, system]));
      for (const { system } of gates.values()) uncalled.delete(system.name);
      const idle = [...uncalled.values()].map((system) => {
        const gate = new Gate(system, clock, () => undefined);
        gate.pause(paused.has(system.name));
        gate.heed(stopsOf(system.name), true);
        // Where each tenant has an account, nobody's is meant.
        return withStanding(gate.state(), system.per === undefined ? tokens.standing(system, "", secrets) : undefined);
      });
      const ofUsers = [...gates.values()].filter(({ system }) => !isInternal(system.name));
      const called = ofUsers.map(({ gate, system, tenant }) =>
        withStanding(
          tenant === undefined ? gate.state() : { ...gate.state(), name: system.name, tenant },
          tokens.standing(system, tenant ?? "", secretsOf(tenantOf(system, tenant))),
        ),
      );
      return [...called, ...idle].sort(
        (a, b) => a.name.localeCompare(b.name) || (a.tenant ?? "").localeCompare(b.tenant ?? ""),
      );
    },
    dates: dates.ahead,
    async stop() {
      await Promise.allSettled([...gates.values()].map(({ gate }) => gate.close()));
    },
  };
}

const gateName = ({ system, tenant }: Pick<Stop, "system" | "tenant">): string =>
  tenant === "" ? system : systemOfTenant(system, tenant);
