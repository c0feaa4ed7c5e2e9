import crypto from "node:crypto";
import type { Tokens } from "../../define/token-store.ts";
import type { AccountOf, TokenRow, TokenStep } from "../../ledger/ledger.ts";
import { said } from "../../model/errors.ts";
import type { Emit } from "../../model/events.ts";
import { sleep } from "../../world/clock.ts";
import { ask, type Grant, type GrantEnd, type GrantParts, grantMsMax } from "./grant.ts";
import { isFresh, pauseMs, waitAfterLost } from "./pace.ts";
import type { Shelf } from "./shelf.ts";
import { NoToken } from "./standing.ts";
import type { Kept, Vault } from "./vault.ts";

// The token of one account (a system, and a tenant of it). Whoever needs it asks here; one refresh is under way at a time, whoever asks, in this process
// and through the ledger in all of them.
//
// A refresh token is often good for one use. So the ledger knows of a refresh before its request leaves, what is given is on disk before anybody uses it,
// and what happens in between has these ends:
//
//   killed before the request      the token is unspent: the next try succeeds
//   the answer is lost             the next try, with pauses on disk between them, either succeeds (the server had not exchanged it, or answers once
//                                  more) or is told invalid_grant: then only a new consent helps, and nothing is asked any more
//   answered and not yet saved     as lost
//   saved                          the new one counts

export interface AccountParts extends GrantParts {
  readonly shelf: Shelf;
  readonly vault: Vault;
  /** Names this process in the ledger. */
  readonly worker: string;
  /** Whether this process owns the ledger. */
  readonly isOwner: () => boolean;
  readonly emit: Emit;
}

/** A token that may be sent. */
export interface Token {
  readonly access: string;
  readonly generation: number;
  readonly expiresAtMs: number | undefined;
  readonly givenAtMs: number;
  /** A refresh token came with it, or did before. */
  readonly refreshes: boolean;
}

const lookEveryMs = 250;
const looksMax = 240;
const savesMax = 3;
const saveAgainMs = 1_000;
/** What is begun is given up for lost this long after it should have ended. */
const graceMs = 5_000;
/** Refreshes that an answer of 401 asks for are at least so far apart: a record that is always refused must not spend tokens. */
const forcedEveryMs = 60_000;

export class Account {
  readonly #parts: AccountParts;
  readonly #of: AccountOf;
  #held: Token | undefined;
  #flight: Promise<Token> | undefined;
  /** A token that was given and is not on disk yet: the first thing to put right. */
  #unsaved: (() => Promise<TokenRow | undefined>) | undefined;
  /** Refused by the system: never sent again. */
  #spoilt: number | undefined;
  /** Asked for because of a 401, and not accepted by the system since: another 401 asks for nothing more. */
  #forced: number | "next" | undefined;
  #forcedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #no: { readonly why: NoToken; readonly untilMs: number } | undefined;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#of = { system: parts.system.name, tenant: parts.tenant };
  }

  /** A token that may be sent now. @throws {NoToken} @throws {WaybillError} for what is wrong on this side: key, secrets, the user's own store. */
  token(): Promise<Token> {
    const held = this.#held;
    const isGood = held !== undefined && isFresh(held.expiresAtMs, held.givenAtMs, this.#nowMs);
    if (isGood) return Promise.resolve(held);
    this.#flight ??= this.#obtain().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** The system answered 401 to a token. Whether another one may help. */
  refused({ generation }: Token): boolean {
    if (this.#held?.generation !== generation) return this.#forced !== undefined || this.#spoilt === generation;
    const { clock } = this.#parts.world;
    if (this.#forced === generation || clock.monotonic() - this.#forcedAtMs < forcedEveryMs) return false;
    this.#spoilt = generation;
    this.#held = undefined;
    this.#forced = "next";
    this.#forcedAtMs = clock.monotonic();
    return true;
  }

  accepted({ generation }: Token): void {
    if (this.#forced === generation) this.#forced = undefined;
  }

  /** Somebody else may have written: what stands in the ledger counts. */
  noticed(row: TokenRow | undefined): void {
    if (row === undefined || row.generation === (this.#held?.generation ?? this.#spoilt) || this.#flight !== undefined)
      return;
    this.#held = undefined;
    this.#no = undefined;
    this.#failures = 0;
    this.#forced = undefined;
  }

  get #nowMs(): number {
    return this.#parts.world.clock.now();
  }

  async #obtain(): Promise<Token> {
    await this.#saveFirst();
    this.#keepToPause();
    this.#parts.vault.ready();
    for (let look = 0; look < looksMax; look++) {
      const token = await this.#tryOnce();
      if (token !== undefined) return token;
      await sleep(this.#parts.world.clock, lookEveryMs);
    }
    throw new NoToken(
      "unavailable",
      `another process has been refreshing the token of "${this.#of.system}" for too long`,
    );
  }

  /** Undefined while another one is at it. */
  async #tryOnce(): Promise<Token | undefined> {
    const { shelf, vault, worker, isOwner } = this.#parts;
    let [row] = await shelf.tokens(this.#of);
    let kept = await vault.read(row);
    const seeded = await this.#seeded(row, kept);
    if (seeded !== undefined) [row, kept] = seeded;
    if (row?.state === "unauthorized") throw new NoToken("unauthorized", row.why ?? "its token was refused");
    const known = tokenOf(kept, row);
    const isGood = known !== undefined && known.generation !== this.#spoilt;
    if (isGood && isFresh(known.expiresAtMs, known.givenAtMs, this.#nowMs)) return this.#hold(known);

    const grant = this.#grantOf(kept);
    const waitMs = waitAfterLost(row?.refresh, this.#nowMs);
    if (waitMs > 0) throw new NoToken("unavailable", "the answer to its last refresh was lost", waitMs);
    const generation = row?.generation ?? 0;
    const atMs = this.#nowMs;
    const untilMs = atMs + grantMsMax + graceMs;
    const intent = { step: "begin", generation, owner: worker, guest: !isOwner(), atMs, untilMs } as const;
    const begun = await shelf.stepToken({ ...this.#of, ...intent });
    return begun.done ? this.#refresh(grant, kept, generation) : undefined;
  }

  /** A refresh token of the environment that is not used yet, where there is nothing else or that one is spent. */
  async #seeded(row: TokenRow | undefined, kept: Kept | undefined): Promise<[TokenRow | undefined, Kept] | undefined> {
    const { auth, secrets, shelf, vault } = this.#parts;
    if (auth.grant !== "refresh-token" || auth.refreshToken === undefined) return undefined;
    if (kept?.tokens.refreshToken !== undefined && row?.state !== "unauthorized") return undefined;
    const refreshToken = secrets.value(auth.refreshToken.name);
    const from = crypto.hash("sha256", refreshToken, "hex").slice(0, 16);
    if (kept?.from === from) return undefined;
    const fresh: Kept = { tokens: { accessToken: undefined, refreshToken, expiresAt: undefined }, from };
    const sealed = await vault.keep(fresh);
    const put = { step: "put", sealed, expiresAtMs: undefined, atMs: this.#nowMs } as const;
    const { row: now } = await shelf.stepToken({ ...this.#of, ...put });
    return [now, fresh];
  }

  #grantOf(kept: Kept | undefined): Grant {
    const { auth } = this.#parts;
    if (auth.grant === "client-credentials") return { by: "client-credentials" };
    const token = kept?.tokens.refreshToken;
    if (token !== undefined) return { by: "refresh-token", token };
    const why =
      kept?.tokens.accessToken === undefined
        ? `"${this.#of.system}" is not connected: there is no token for it`
        : `the token of "${this.#of.system}" is over, and there is no refresh token for a new one`;
    throw new NoToken("unauthorized", why);
  }

  async #refresh(grant: Grant, kept: Kept | undefined, generation: number): Promise<Token> {
    const { world, emit } = this.#parts;
    world.passing("before-refresh");
    let end: GrantEnd;
    try {
      end = await ask(this.#parts, grant);
    } catch (thrown) {
      await this.#step({ step: "unsent", generation });
      throw thrown;
    }
    world.passing("after-refresh-answer");
    if (end.end !== "granted") return this.#notGranted(end, grant, kept, generation);
    if (end.odd !== undefined) emit({ event: "system.absurd", system: this.#of.system, what: end.odd });
    const token = await this.#save(grown(kept, end.tokens), generation);
    world.passing("after-refresh-saved");
    emit({ event: "token.refreshed", ...this.#of, expiresAtMs: token.expiresAtMs });
    return token;
  }

  async #notGranted(
    end: Exclude<GrantEnd, { end: "granted" }>,
    grant: Grant,
    kept: Kept | undefined,
    generation: number,
  ): Promise<never> {
    const { auth, secrets } = this.#parts;
    switch (end.end) {
      case "refused": {
        const spent = end.lasting && grant.by === "refresh-token";
        if (spent) await this.#refusedForGood(generation, end.why);
        else {
          await this.#step({ step: "unsent", generation });
          // They may have been replaced.
          for (const one of [auth.clientSecret, auth.clientId]) if (typeof one === "object") secrets.forget(one.name);
        }
        throw this.#pause(new NoToken("unauthorized", end.why));
      }
      case "lost":
        if (end.refreshToken === undefined || grant.by !== "refresh-token")
          await this.#step({ step: "lost", generation });
        else {
          const without: Tokens = { accessToken: undefined, refreshToken: end.refreshToken, expiresAt: undefined };
          await this.#write(grown(kept, without), generation);
        }
        throw this.#pause(new NoToken("unavailable", end.why));
      case "later":
        await this.#step({ step: "unsent", generation });
        throw this.#pause(new NoToken("unavailable", end.why, end.afterMs));
      case "unsent":
        await this.#step({ step: "unsent", generation });
        throw this.#pause(new NoToken("unavailable", end.why));
    }
  }

  async #refusedForGood(generation: number, why: string): Promise<void> {
    const [row] = await this.#parts.shelf.tokens(this.#of);
    const lost = (row?.refresh?.tries ?? 1) - 1;
    const told =
      lost === 0 ? why : `${why}, after ${lost === 1 ? "a refresh" : `${lost} refreshes`} whose answer was lost`;
    await this.#step({ step: "refused", generation, why: told });
  }

  #step(step: { step: "unsent" | "lost"; generation: number } | { step: "refused"; generation: number; why: string }) {
    const { shelf, worker } = this.#parts;
    return shelf.stepToken({ ...this.#of, ...step, owner: worker, atMs: this.#nowMs } as TokenStep);
  }

  /** On disk before anybody uses it. A disk that takes nothing now must not cost the token: it is saved as soon as that is possible. */
  async #save(kept: Kept, generation: number): Promise<Token> {
    const { clock } = this.#parts.world;
    for (let tries = 1; ; tries++) {
      try {
        const row = await this.#write(kept, generation);
        const token = row === undefined ? undefined : tokenOf(kept, row);
        if (token === undefined) throw new NoToken("unavailable", "its token was replaced meanwhile", 1);
        return this.#hold(token);
      } catch (thrown) {
        if (thrown instanceof NoToken) throw thrown;
        if (tries < savesMax) {
          await sleep(clock, saveAgainMs);
          continue;
        }
        this.#unsaved = () => this.#write(kept, generation);
        throw unsaved(thrown);
      }
    }
  }

  async #saveFirst(): Promise<void> {
    if (this.#unsaved === undefined) return;
    try {
      await this.#unsaved();
      this.#unsaved = undefined;
    } catch (thrown) {
      throw unsaved(thrown);
    }
  }

  async #write(kept: Kept, generation: number): Promise<TokenRow | undefined> {
    const { shelf, vault } = this.#parts;
    const sealed = await vault.keep(kept);
    const keep = { step: "keep", generation, sealed, expiresAtMs: kept.tokens.expiresAt, atMs: this.#nowMs } as const;
    const { done, row } = await shelf.stepToken({ ...this.#of, ...keep });
    return done ? row : undefined;
  }

  #hold(token: Token): Token {
    this.#held = token;
    this.#failures = 0;
    this.#no = undefined;
    if (this.#forced === "next") this.#forced = token.generation;
    return token;
  }

  #pause(why: NoToken): NoToken {
    this.#failures += 1;
    const ms = Math.max(why.afterMs ?? 0, pauseMs(this.#failures));
    this.#no = { why, untilMs: this.#parts.world.clock.monotonic() + ms };
    return new NoToken(why.kind, why.message, why.kind === "unavailable" ? ms : undefined);
  }

  #keepToPause(): void {
    if (this.#no === undefined) return;
    const leftMs = this.#no.untilMs - this.#parts.world.clock.monotonic();
    if (leftMs <= 0) return;
    const { kind, message } = this.#no.why;
    throw new NoToken(kind, message, kind === "unavailable" ? Math.ceil(leftMs) : undefined);
  }
}

/** What is kept after a refresh: a server that gives no new refresh token means the old one to go on. */
function grown(kept: Kept | undefined, given: Tokens): Kept {
  return {
    tokens: { ...given, refreshToken: given.refreshToken ?? kept?.tokens.refreshToken },
    from: kept?.from,
  };
}

function tokenOf(kept: Kept | undefined, row: TokenRow | undefined): Token | undefined {
  if (kept?.tokens.accessToken === undefined) return undefined;
  const { accessToken, refreshToken, expiresAt } = kept.tokens;
  return {
    access: accessToken,
    // Of a token in the user's own store that no ledger has seen yet, nobody knows when it was given.
    generation: row?.generation ?? 0,
    expiresAtMs: expiresAt,
    givenAtMs: row?.changedAtMs ?? 0,
    refreshes: refreshToken !== undefined,
  };
}

function unsaved(thrown: unknown): NoToken {
  return new NoToken("unavailable", `its new token cannot be saved: ${said(thrown)}`, saveAgainMs);
}
