import type { SystemDefinition } from "../../define/system-definition.ts";
import { said, WaybillError } from "../../model/errors.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { TlsIdentity } from "../../world/tls-identity.ts";
import type { World } from "../../world/transport.ts";
import type { StoredRequest } from "../port.ts";
import type { Secrets } from "../secrets.ts";
import { type Wire, wireOf } from "../wire.ts";
import type { Token } from "./account.ts";
import { type Accounts, tokenMsMax } from "./accounts.ts";
import { signedWire, signMsMax } from "./sign.ts";
import { NoToken } from "./standing.ts";
import { identityOf } from "./tls.ts";

/** One send, with everything that says who it is. */
export interface Ticket {
  readonly wire: Wire;
  readonly token: Token | undefined;
  readonly tls: TlsIdentity | undefined;
}

export interface TicketParts {
  readonly tokens: Accounts;
  readonly secrets: Secrets;
  readonly world: World;
  /** Whose account it is; `""` where there is one. */
  readonly tenant: string;
}

/**
 * At once where nothing has to be asked for, which is what most requests are.
 *
 * @param at where it goes instead, on the same host.
 * @throws {NoToken} @throws {WaybillError}
 */
export function ticketFor(
  system: SystemDefinition,
  stored: StoredRequest,
  parts: TicketParts,
  at: string | undefined,
): Ticket | Promise<Ticket> {
  const { auth } = system;
  const { secrets, tokens, world, tenant } = parts;
  const tls = system.tls === undefined ? undefined : identityOf(system.name, system.tls, secrets);
  if (auth?.kind === "oauth")
    return tokens
      .token(system, tenant, secrets)
      .then((token) => ({ wire: wireOf(system, stored, secrets, at, token.access), token, tls }));
  const wire = wireOf(system, stored, secrets, at);
  if (auth?.kind !== "signed") return { wire, token: undefined, tls };
  const which = { name: system.name, method: stored.method };
  return signedWire(which, auth, wire, secrets, world).then((signed) => ({ wire: signed, token: undefined, tls }));
}

/** How much longer a request may take because of what says who it is. */
export function ticketMsMax({ auth }: SystemDefinition): number {
  return auth?.kind === "oauth" ? tokenMsMax : auth?.kind === "signed" ? signMsMax : 0;
}

/** What a send without a ticket came to: certainly nothing was sent. */
export function withoutTicket(thrown: unknown, secrets: Secrets): Outcome {
  const why = secrets.redact(said(thrown));
  if (thrown instanceof NoToken && thrown.kind === "unavailable")
    return { name: "unavailable", sent: "no", durationMs: 0, why, afterMs: thrown.afterMs };
  const hint = thrown instanceof WaybillError && thrown.hint !== undefined ? ` ${thrown.hint}` : "";
  return { name: "unauthorized", sent: "no", durationMs: 0, why: `${why}${hint}` };
}
