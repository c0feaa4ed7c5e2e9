import type { SystemState } from "../port.ts";

/** Why a request cannot say who it is: nothing was sent. */
export class NoToken extends Error {
  override readonly name = "NoToken";
  /** `unauthorized`: only a person, or another configuration, can go on from here. `unavailable`: it is tried again. */
  readonly kind: "unauthorized" | "unavailable";
  readonly afterMs: number | undefined;

  constructor(kind: NoToken["kind"], why: string, afterMs?: number) {
    super(why);
    this.kind = kind;
    this.afterMs = afterMs;
  }
}

/** How an account stands, for `waybill systems` and alerts. */
export interface Standing {
  readonly auth: "ok" | "unauthorized";
  /** Of the access token, as ISO 8601; null where nobody knows. */
  readonly expiresAt: string | null;
  readonly why: string | null;
  /** Whether it is got anew without a person; undefined where that is not known. */
  readonly renews: boolean | undefined;
  /** The command that helps; null while none is needed. */
  readonly next: string | null;
}

/** What is shown of a system, with how its account stands. */
export function withStanding(state: SystemState, standing: Standing | undefined): SystemState {
  if (standing === undefined) return { ...state, expiresAt: null, authWhy: null, next: null };
  const auth = standing.auth === "unauthorized" ? "unauthorized" : state.auth;
  const renews = standing.renews === false ? { renews: false as const } : {};
  return { ...state, auth, expiresAt: standing.expiresAt, authWhy: standing.why, next: standing.next, ...renews };
}
