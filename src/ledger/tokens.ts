// The tokens that systems were given, as the ledger holds them: sealed, so that it cannot read them itself. A refresh token may be good for one use
// only, so who refreshes says so first: the intent is on disk before the request leaves, and names its owner and until when that one may be at it.
// What was begun and never ended may have been applied: the next one that begins counts as a further try of the same refresh.

/** A token of one account, or the knowledge that there is none any more. */
export interface TokenRow {
  readonly system: string;
  readonly tenant: string;
  /** Grows with each change of what is sealed. Whoever refreshes names the one that it spends; 0 before there is any. */
  readonly generation: number;
  /** Undefined where the user's own code keeps the tokens, and before there are any. */
  readonly sealed: Sealed | undefined;
  /** Of the access token; undefined where nobody said. */
  readonly expiresAtMs: number | undefined;
  /** `unauthorized`: only a person can go on from here. */
  readonly state: "ok" | "unauthorized";
  readonly why: string | undefined;
  readonly changedAtMs: number;
  /** A refresh that was begun and has not ended. */
  readonly refresh: Refresh | undefined;
}

export interface Sealed {
  readonly bytes: Uint8Array;
  /** Names the key that opens it. */
  readonly key: string;
}

export interface Refresh {
  readonly owner: string;
  readonly beganAtMs: number;
  /** Until then its owner may be at it; afterwards its answer is lost. */
  readonly untilMs: number;
  /** How often this generation has been spent, this time included; answers of the earlier times were lost. */
  readonly tries: number;
}

/** Which account: a system, and a tenant of it (`""` where there is one). */
export interface AccountOf {
  readonly system: string;
  readonly tenant: string;
}

/** Steps of a refresh, each by compare-and-set on the generation that it spends. */
export type TokenStep = AccountOf &
  (
    | {
        /** Refused while another owner is at it, when the generation is another, and where only a person can go on. */
        readonly step: "begin";
        readonly generation: number;
        readonly owner: string;
        /** It does not own the ledger: the owner's start does not end what it has begun. */
        readonly guest: boolean;
        readonly atMs: number;
        readonly untilMs: number;
      }
    /** It certainly was not applied: this try does not count. */
    | { readonly step: "unsent"; readonly generation: number; readonly owner: string; readonly atMs: number }
    /** It may have been applied, and its answer is lost. */
    | { readonly step: "lost"; readonly generation: number; readonly owner: string; readonly atMs: number }
    /** It was answered. Whoever else is at it by now: this is what the account has been given. */
    | {
        readonly step: "keep";
        readonly generation: number;
        readonly sealed: Sealed | undefined;
        readonly expiresAtMs: number | undefined;
        readonly atMs: number;
      }
    /** What it spent is worth nothing any more. */
    | {
        readonly step: "refused";
        readonly generation: number;
        readonly owner: string;
        readonly why: string;
        readonly atMs: number;
      }
    /** A person has consented: whatever stood there is replaced. */
    | {
        readonly step: "put";
        readonly sealed: Sealed | undefined;
        readonly expiresAtMs: number | undefined;
        readonly atMs: number;
      }
  );

export interface TokenStepped {
  /** Whether the step was made; otherwise the row says why not. */
  readonly done: boolean;
  /** As it is now. */
  readonly row: TokenRow | undefined;
}
