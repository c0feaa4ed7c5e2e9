import type { Limit, SystemDefinition } from "../define/system-definition.ts";
import { durationText } from "../model/duration.ts";
import type { Answer } from "../model/outcome.ts";
import { quotasIn } from "../systems/quotas-in.ts";
import type { Quota } from "../systems/rate-headers.ts";
import { Told } from "../systems/told.ts";
import type { Clock } from "../world/clock.ts";
import type { Check } from "./report.ts";

// What the answers say of their quotas, held against the limits that are declared: by the code that does so while Waybill runs.

type Found = Pick<Check, "declared" | "verdict" | "seen">;

/** So many quotas of one system are told. */
const quotasMax = 16;

export class Quotas {
  readonly #system: SystemDefinition;
  readonly #clock: Clock;
  readonly #told: Told;
  readonly #seen = new Map<string, Quota>();
  readonly #contradicted = new Map<string, { readonly declared: string; readonly told: string }>();
  #answers = 0;

  constructor(system: SystemDefinition, clock: Clock) {
    this.#system = system;
    this.#clock = clock;
    this.#told = new Told(system.limits);
  }

  /** @param sentMs when its request left, on the monotonic clock. */
  note(answer: Answer | undefined, sentMs: number): void {
    if (answer === undefined) return;
    this.#answers += 1;
    const { quotas } = quotasIn(this.#system, answer, this.#clock.now());
    for (const quota of quotas)
      if (quota.ofCalls && quota.limit !== undefined && this.#seen.size < quotasMax) this.#seen.set(quota.told, quota);
    for (const one of this.#told.note(quotas, this.#clock.monotonic(), sentMs, 0))
      this.#contradicted.set(one.told, one);
  }

  /** One for each quota that was told, and one for each limit that nothing was said about. */
  checks(): readonly Found[] {
    if (this.#answers === 0) return [];
    const declared = this.#system.limits.map(limitText).join(", ");
    if (declared === "") return [...this.#seen.values()].map(undeclared);
    const against = [...this.#contradicted.values()].map(
      ({ declared: limit, told }): Found => ({
        declared: `limits: ${limit}`,
        verdict: "contradicted",
        seen: `its answers tell less: ${told}`,
      }),
    );
    if (against.length > 0) return [...against, ...this.#assumed()];
    const comparable = [...this.#seen.values()].filter(
      ({ partial, windowMs, afterMs }) => !partial && (windowMs ?? afterMs) !== undefined,
    );
    const rates = this.#system.limits.filter(isComparable).map(limitText).join(", ");
    if (rates !== "" && comparable.length > 0) {
      const seen = `its answers tell no less: ${comparable.map(quotaText).join(", ")}`;
      return [{ declared: `limits: ${rates}`, verdict: "holds", seen }, ...this.#assumed()];
    }
    return [
      {
        declared: `limits: ${declared}`,
        verdict: "assumed",
        seen: "its answers say nothing that could be held against them",
      },
    ];
  }

  #assumed(): readonly Found[] {
    const others = this.#system.limits.filter((limit) => !isComparable(limit)).map(limitText);
    if (others.length === 0) return [];
    const seen = "no answer tells it, and nobody tries how much is too much";
    return [{ declared: `limits: ${others.join(", ")}`, verdict: "assumed", seen }];
  }
}

function undeclared(quota: Quota): Found {
  return {
    declared: "limits: none",
    verdict: "assumed",
    seen: `that it bears whatever is sent; but its answers tell ${quotaText(quota)}`,
  };
}

function isComparable(limit: Limit): boolean {
  return limit.kind === "rate" && limit.per === undefined;
}

function quotaText({ told, limit, windowMs }: Quota): string {
  return `${told}: ${limit}${windowMs === undefined ? "" : ` per ${durationText(windowMs)}`}`;
}

function limitText(limit: Limit): string {
  const per = limit.per === undefined ? "" : ` for each ${typeof limit.per === "string" ? limit.per : "of its own"}`;
  if (limit.kind === "concurrent") return `${limit.count} at once${per}`;
  const what = limit.kind === "cost" ? " points" : "";
  return `${limit.count}${what} per ${durationText(limit.perMs)}${per}`;
}
