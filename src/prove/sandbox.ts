import type { AnyChange, HttpChange } from "../define/request.ts";
import type { SystemDefinition } from "../define/system-definition.ts";
import { WaybillError } from "../model/errors.ts";
import type { Outcome } from "../model/outcome.ts";
import { limitedCall } from "../systems/limited-call.ts";
import { Deferred, type StoredRequest, type Systems } from "../systems/port.ts";
import { following } from "../systems/redirect.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import { type Clock, sleep } from "../world/clock.ts";
import type { Quotas } from "./quotas.ts";

// The system that is tried, as a proof talks to it: one request after the other, through its limits, its authentication and its classification like every
// other. Where it asks to be left alone, it is; what keeps every request from it (an address where nobody answers, credentials that it does not take)
// ends the proof, whatever the code that is running makes of it.

export interface SandboxParts {
  readonly systems: Systems;
  readonly clock: Clock;
  readonly system: SystemDefinition;
  readonly tenant: TenantRef | undefined;
  readonly baseUrl: string;
  readonly quotas: Quotas;
}

export interface SendAs {
  readonly key: string;
  /** The same was sent before, and may have been applied. */
  readonly again?: boolean;
}

/** So often one request is sent that was certainly not applied, and the longest pause before the next time. */
const triesMax = 4;
const pauseMsMax = 60_000;
/** Where nothing is said of how long to wait. */
const pauseMsDefault = 1_000;

export class Sandbox {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  requests = 0;
  #fatal: WaybillError | undefined;
  readonly #parts: SandboxParts;
  readonly #ended = new AbortController();

  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.system = parts.system;
    this.clock = parts.clock;
  }

  /** What keeps every request from it. */
  get fatal(): WaybillError | undefined {
    return this.#fatal;
  }

  isOf({ system }: { readonly system: SystemDefinition }): boolean {
    return system.name === this.system.name;
  }

  prepare(change: HttpChange, key: string): StoredRequest {
    return this.#parts.systems.prepare(change, key);
  }

  /**
   * Sends a stored request, and again where it was certainly not applied and time helps.
   *
   * @throws {WaybillError} `unavailable`, `unauthorized`: what is true of every other request too.
   */
  async send(change: HttpChange, stored: StoredRequest, as: SendAs): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#sendOnce(change, stored, as, undefined);
      const waitMs = pauseMs(outcome);
      if (waitMs === undefined || waitMs > pauseMsMax || tries === triesMax) return outcome;
      await sleep(this.clock, waitMs);
    }
  }

  /** Sends a read, and on to where its answers lead. */
  async read(change: HttpChange): Promise<Outcome> {
    const stored = this.prepare(change, "");
    for (let tries = 1; ; tries++) {
      const outcome = await following((at) => this.#sendOnce(change, stored, { key: "" }, at));
      const waitMs = pauseMs(outcome);
      if (waitMs === undefined || waitMs > pauseMsMax || tries === triesMax) return outcome;
      await sleep(this.clock, waitMs);
    }
  }

  async #sendOnce(change: HttpChange, stored: StoredRequest, as: SendAs, at: string | undefined): Promise<Outcome> {
    const { systems, tenant } = this.#parts;
    for (;;) {
      if (this.#fatal !== undefined) throw this.#fatal;
      const permit = await this.#enter(change);
      const sentMs = this.clock.monotonic();
      this.requests += 1;
      const outcome = await systems.send(change, stored, {
        call: { kind: "probe", what: this.system.name },
        tenant,
        signal: this.#ended.signal,
        beforeSend: () => permit.check(),
        idempotencyKey: as.key,
        attempt: 1,
        afterDoubt: as.again === true,
        at,
      });
      if (permit.recalled !== undefined) {
        permit.unsent();
        await this.#waitFor(permit.recalled);
        continue;
      }
      permit.release(outcome);
      this.#parts.quotas.note(outcome.answer, sentMs);
      this.#giveUpOn(outcome);
      return outcome;
    }
  }

  async #enter(change: AnyChange) {
    const { systems, tenant } = this.#parts;
    for (;;) {
      try {
        return await systems.enter(change.system, {
          tenant,
          record: "a proof",
          waitMsMax: pauseMsMax,
          signal: this.#ended.signal,
          cost: change.cost,
          call: () => limitedCall(change, "a proof", undefined, tenant?.id),
        });
      } catch (error) {
        if (!(error instanceof Deferred)) throw error;
        await this.#waitFor(error);
      }
    }
  }

  async #waitFor({ untilMs, message }: Deferred): Promise<void> {
    const waitMs = untilMs - this.clock.now();
    if (waitMs > pauseMsMax)
      throw this.#end(
        "unavailable",
        `"${this.system.name}" is to be left alone until ${new Date(untilMs).toISOString()}: ${message}.`,
        "Come again then.",
      );
    await sleep(this.clock, Math.max(1, waitMs));
  }

  #giveUpOn(outcome: Outcome): void {
    const { name } = this.system;
    const { baseUrl } = this.#parts;
    if (outcome.name === "unauthorized") {
      const said = outcome.sent === "no" ? "nothing was sent to it" : "it does not let us in";
      throw this.#end(
        "unauthorized",
        `"${name}" at ${baseUrl}: ${said}: ${outcome.why}`,
        "Give the system the credentials of the sandbox, in the environment or in .env.",
      );
    }
    if (outcome.sent === "no" && outcome.name !== "done")
      throw this.#end(
        "unavailable",
        `"${name}" cannot be reached at ${baseUrl}: ${outcome.why}`,
        "Check the address, and whether the sandbox is up.",
      );
  }

  #end(code: "unavailable" | "unauthorized", message: string, hint: string): WaybillError {
    this.#fatal ??= new WaybillError(code, message, hint);
    return this.#fatal;
  }
}

/** How long to wait before it may be sent again; undefined where that is no use. */
function pauseMs(outcome: Outcome): number | undefined {
  switch (outcome.name) {
    case "limited":
    case "unavailable":
      return outcome.afterMs ?? pauseMsDefault;
    case "failed-retryable":
      return pauseMsDefault;
    default:
      return undefined;
  }
}
