import * as oauth from "oauth4webapi";
import type { OauthAuth } from "../../define/oauth.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { World } from "../../world/transport.ts";
import type { KnowingSecrets, Secrets } from "../secrets.ts";
import { clientIdOf } from "./credentials.ts";
import { ask } from "./grant.ts";
import { keysOf } from "./keys.ts";
import { vaultOf } from "./vault.ts";

// The consent of a person, in a browser on this machine (RFC 8252): the server sends the browser back to a loopback address with a code, which is
// exchanged for tokens. PKCE (RFC 7636) makes the code worth nothing to anybody else, `state` the answer to another question.

export interface ConsentParts {
  readonly system: SystemDefinition;
  readonly tenant: string;
  readonly world: World;
  readonly secrets: KnowingSecrets;
  /** Those of whose account it is. */
  readonly own: Secrets;
  readonly ledger: Pick<Ledger, "stepToken">;
}

export interface Consent {
  /** Where the person consents. */
  readonly url: string;
  /** Whether an answer belongs to this question. */
  isOurs(answered: URLSearchParams): boolean;
  /** Exchanges the code and keeps what is given. @throws {WaybillError} `unauthorized`, `unavailable`. */
  finish(answered: URLSearchParams): Promise<Connected>;
}

export interface Connected {
  readonly expiresAt: number | undefined;
  readonly hasRefreshToken: boolean;
}

type PersonAuth = Extract<OauthAuth, { grant: "refresh-token" }>;

/** How a system's account is connected. @throws {WaybillError} `bad-usage` where no consent is needed, or it is not said where. */
export function consentOf({ name, auth }: SystemDefinition): PersonAuth & { readonly authorizeUrl: URL } {
  if (auth?.kind !== "oauth" || auth.grant !== "refresh-token")
    throw new WaybillError("bad-usage", `"${name}" needs no consent: it does not say who it is by oauth().`);
  const { authorizeUrl } = auth;
  if (authorizeUrl === undefined)
    throw new WaybillError(
      "bad-usage",
      `"${name}" does not say where a person consents.`,
      "Give oauth({ authorizeUrl }).",
    );
  return { ...auth, authorizeUrl };
}

/**
 * Begins a consent. What will be given must have a place, so the key is looked at first.
 *
 * @throws {WaybillError} `secret-missing`, `bad-configuration`.
 */
export async function beginConsent(parts: ConsentParts, redirectUrl: string): Promise<Consent> {
  const auth = consentOf(parts.system);
  const { secrets, own } = parts;
  const vault = vaultOf({ system: parts.system.name, tenant: parts.tenant }, auth, own, () => keysOf(secrets));
  vault.ready();
  if (auth.clientSecret !== undefined) own.value(auth.clientSecret.name);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(auth.authorizeUrl);
  const fields = {
    ...auth.authorizeFields,
    response_type: "code",
    client_id: clientIdOf(auth, own),
    redirect_uri: redirectUrl,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(auth.scope === undefined ? {} : { scope: auth.scope }),
  };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return {
    url: url.href,
    isOurs: (answered) => answered.get("state") === state,
    async finish(answered) {
      const code = checked(parts, auth, answered, state);
      const given = { by: "code", answered: code, redirectUrl, verifier } as const;
      return exchange(parts, auth, given, vault);
    },
  };
}

function checked(
  { system, secrets, own }: ConsentParts,
  auth: PersonAuth,
  answered: URLSearchParams,
  state: string,
): URLSearchParams {
  const refusal = answered.get("error");
  if (refusal !== null) {
    const words = answered.get("error_description");
    const why = secrets.redact(words === null ? refusal : `${refusal}: ${words}`).slice(0, 200);
    throw new WaybillError(
      "unauthorized",
      `The consent for "${system.name}" was refused: ${why}`,
      "Nothing was changed.",
    );
  }
  // One server is asked and one answers, so who it says it is tells nothing.
  const plain = new URLSearchParams(answered);
  plain.delete("iss");
  const client = { client_id: clientIdOf(auth, own) };
  return oauth.validateAuthResponse({ issuer: auth.tokenUrl.origin }, client, plain, state);
}

async function exchange(
  parts: ConsentParts,
  auth: PersonAuth,
  grant: Parameters<typeof ask>[1],
  vault: ReturnType<typeof vaultOf>,
): Promise<Connected> {
  const { system, tenant, world, secrets, own, ledger } = parts;
  const know = ({
    accessToken,
    refreshToken,
  }: {
    accessToken: string | undefined;
    refreshToken: string | undefined;
  }): void => {
    if (accessToken !== undefined) secrets.know(`access token of ${system.name}`, accessToken);
    if (refreshToken !== undefined) secrets.know(`refresh token of ${system.name}`, refreshToken);
  };
  const end = await ask({ system, auth, tenant, secrets: own, world, know }, grant);
  if (end.end !== "granted") {
    const code = end.end === "refused" ? "unauthorized" : "unavailable";
    throw new WaybillError(code, `"${system.name}" is not connected: ${end.why}`, "Nothing was changed. Try again.");
  }
  const { tokens } = end;
  const sealed = await vault.keep({ tokens, from: undefined });
  const put = { step: "put", sealed, expiresAtMs: tokens.expiresAt, atMs: world.clock.now() } as const;
  await ledger.stepToken({ system: system.name, tenant, ...put });
  return { expiresAt: tokens.expiresAt, hasRefreshToken: tokens.refreshToken !== undefined };
}
