// How long systems are kept away from: by a breaker, by a stop that they asked for, because they do not let us in. What goes on is counted up to now each
// time that somebody asks.

export type AwayWhat = "openMs" | "stoppedMs" | "unauthorizedMs";

interface Going {
  readonly system: string;
  readonly tenant: string;
  readonly what: AwayWhat;
  sinceMs: number;
  untilMs: number;
  owedMs: number;
}

interface Of {
  readonly system: string;
  readonly tenant?: string | undefined;
}

export class Away {
  readonly #going = new Map<string, Going>();

  /** It begins, and lasts until it ends or until then; answers whether it was not so already. */
  begins(
    what: AwayWhat,
    { system, tenant = "" }: Of,
    nowMs: number,
    untilMs: number = Number.POSITIVE_INFINITY,
  ): boolean {
    const key = keyOf(what, system, tenant);
    const before = this.#going.get(key);
    if (before !== undefined && nowMs < before.untilMs) {
      before.untilMs = Math.max(before.untilMs, untilMs);
      return false;
    }
    // One that ran out while nobody asked is still to be counted.
    const owedMs = before === undefined ? 0 : passed(before, nowMs) + before.owedMs;
    this.#going.set(key, { what, system, tenant, sinceMs: nowMs, untilMs, owedMs });
    return true;
  }

  /** It is over; answers how long it was since it was last counted. */
  ends(what: AwayWhat, { system, tenant = "" }: Of, nowMs: number): number {
    const key = keyOf(what, system, tenant);
    const going = this.#going.get(key);
    this.#going.delete(key);
    return going === undefined ? 0 : going.owedMs + passed(going, nowMs);
  }

  /** What has passed of all that goes on, since it was last counted. */
  since(nowMs: number): readonly (Pick<Going, "system" | "tenant" | "what"> & { readonly ms: number })[] {
    return [...this.#going].map(([key, going]) => {
      const ms = going.owedMs + passed(going, nowMs);
      going.owedMs = 0;
      if (nowMs >= going.untilMs) this.#going.delete(key);
      else going.sinceMs = Math.max(going.sinceMs, nowMs);
      return { system: going.system, tenant: going.tenant, what: going.what, ms };
    });
  }
}

const keyOf = (what: AwayWhat, system: string, tenant: string): string => JSON.stringify([what, system, tenant]);
const passed = ({ sinceMs, untilMs }: Going, nowMs: number): number =>
  Math.max(0, Math.round(Math.min(nowMs, untilMs) - sinceMs));
