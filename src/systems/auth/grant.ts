import * as oauth from "oauth4webapi";
import { namesPrivateAddress } from "../../define/base-url.ts";
import type { OauthAuth } from "../../define/oauth.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import type { Tokens } from "../../define/token-store.ts";
import { said } from "../../model/errors.ts";
import type { OutcomeName } from "../../model/outcome.ts";
import type { WireAnswer, World } from "../../world/transport.ts";
import { type ReadAnswer, readAnswer } from "../answer.ts";
import type { CallLog } from "../calls/log.ts";
import { retryAfter } from "../retry-after.ts";
import type { Secrets } from "../secrets.ts";
import { clientIdOf, credentialsOf } from "./credentials.ts";
import { type Fields, fieldsIn } from "./given.ts";
import { identityOf } from "./tls.ts";

// One request to a token endpoint, and what came of it. The one question is what it did to the refresh token that it spent: certainly nothing, refused
// it for good, exchanged it, or nobody knows. The request is made by oauth4webapi; it leaves by the same way as all others.

export interface GrantParts {
  readonly system: SystemDefinition;
  readonly auth: OauthAuth;
  readonly tenant: string;
  readonly secrets: Secrets;
  /** What was given must never be shown. */
  readonly know: (tokens: {
    readonly accessToken: string | undefined;
    readonly refreshToken: string | undefined;
  }) => void;
  readonly world: World;
  /** Told of each request, without what it carried. */
  readonly calls?: Pick<CallLog, "noteToken"> | undefined;
}

export type Grant =
  | { readonly by: "client-credentials" }
  | { readonly by: "refresh-token"; readonly token: string }
  | {
      readonly by: "code";
      /** As oauth4webapi has checked them. */
      readonly answered: URLSearchParams;
      readonly redirectUrl: string;
      readonly verifier: string;
    };

export type GrantEnd =
  | { readonly end: "granted"; readonly tokens: Tokens; readonly odd: string | undefined }
  /** `lasting`: what was spent is worth nothing any more, whatever is put right on this side. */
  | { readonly end: "refused"; readonly why: string; readonly lasting: boolean }
  /** It says that it did nothing, for now. */
  | { readonly end: "later"; readonly why: string; readonly afterMs: number | undefined }
  | { readonly end: "unsent"; readonly why: string }
  /** It may have exchanged the token, and its answer is lost. All but what it says the new refresh token is, where it did. */
  | { readonly end: "lost"; readonly why: string; readonly refreshToken: string | undefined };

/** The longest that one request to a token endpoint may take. */
export const grantMsMax = 20_000;
const answerBytesMax = 1_000_000;

/**
 * Asks for a token once. Never rejects for the endpoint's sake.
 *
 * @throws {WaybillError} `secret-missing`, `bad-configuration`: before anything is sent.
 */
export async function ask(parts: GrantParts, grant: Grant): Promise<GrantEnd> {
  const { auth, secrets, world } = parts;
  const server = { issuer: auth.tokenUrl.origin, token_endpoint: auth.tokenUrl.href };
  const client = { client_id: clientIdOf(auth, secrets) };
  const credentials = credentialsOf(auth, secrets);
  let happened: WireAnswer | undefined;
  let requestBytes = 0;
  const startedMs = world.clock.monotonic();
  const way = {
    [oauth.customFetch]: async (url: string, request: oauth.CustomFetchOptions<string, unknown>): Promise<Response> => {
      requestBytes = Buffer.byteLength(String(request.body));
      happened = await sendOnce(parts, url, request);
      return new Response(null);
    },
    // The definition takes http only on the machine's own loopback address.
    [oauth.allowInsecureRequests]: true,
  };
  await request(server, client, credentials, parts, grant, way);
  if (happened === undefined) return { end: "unsent", why: "nothing was sent" };
  const end = await judge(parts, server, client, happened, world.clock.now());
  const answered = happened.kind === "answered" ? happened : undefined;
  parts.calls?.noteToken({
    system: parts.system.name,
    tenant: parts.tenant,
    url: auth.tokenUrl.href,
    durationMs: world.clock.monotonic() - startedMs,
    outcome: outcomes[end.end],
    status: happened.status,
    why: "why" in end ? end.why : undefined,
    requestBytes,
    answerBytes: answered?.body.byteLength,
  });
  return end;
}

/** What a request for a token came to, in the words of all others. */
const outcomes = {
  granted: "done",
  refused: "unauthorized",
  later: "limited",
  unsent: "unavailable",
  lost: "in-doubt",
} as const satisfies Record<GrantEnd["end"], OutcomeName>;

type Way = oauth.TokenEndpointRequestOptions;

function request(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  credentials: oauth.ClientAuth,
  { auth }: GrantParts,
  grant: Grant,
  way: Way,
): Promise<Response> {
  const fields = new URLSearchParams(auth.tokenFields);
  if (auth.scope !== undefined && grant.by === "client-credentials") fields.set("scope", auth.scope);
  const options = { ...way, additionalParameters: fields };
  switch (grant.by) {
    case "client-credentials":
      return oauth.clientCredentialsGrantRequest(server, client, credentials, fields, way);
    case "refresh-token":
      return oauth.refreshTokenGrantRequest(server, client, credentials, grant.token, options);
    case "code": {
      const { answered, redirectUrl, verifier } = grant;
      return oauth.authorizationCodeGrantRequest(server, client, credentials, answered, redirectUrl, verifier, options);
    }
  }
}

function sendOnce(
  { auth, system, secrets, world }: GrantParts,
  url: string,
  { body, headers, method }: oauth.CustomFetchOptions<string, unknown>,
): Promise<WireAnswer> {
  const { origin, pathname, search } = new URL(url);
  return world.transport({
    method,
    origin,
    path: pathname + search,
    headers: Object.entries(headers).flat(),
    body: String(body),
    timeoutMs: Math.min(system.timeoutMs, grantMsMax),
    answerBytesMax,
    signal: undefined,
    beforeSend: undefined,
    privateAllowed: system.privateAllowed || namesPrivateAddress(auth.tokenUrl),
    tls: system.tls === undefined ? undefined : identityOf(system.name, system.tls, secrets),
  });
}

async function judge(
  parts: GrantParts,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  happened: WireAnswer,
  nowMs: number,
): Promise<GrantEnd> {
  const where = `the token endpoint ${parts.auth.tokenUrl.origin}${parts.auth.tokenUrl.pathname}`;
  if (happened.kind === "failed") {
    const why = `${where} cannot be asked: ${happened.message}`;
    return happened.sent === "no" ? { end: "unsent", why } : { end: "lost", why, refreshToken: undefined };
  }
  const { status, headers, body } = happened;
  const read = readAnswer(status, headers, body, answerBytesMax);
  const fields = fieldsIn(read);
  if (fields !== undefined) parts.know(fields);
  if (status === 200) return given(parts, server, client, read, fields, where, nowMs);
  return notGiven(parts, read, fields, where, nowMs);
}

async function given(
  { secrets }: GrantParts,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  { body }: ReadAnswer,
  fields: Fields | undefined,
  where: string,
  nowMs: number,
): Promise<GrantEnd> {
  const lost = (what: string): GrantEnd => ({
    end: "lost",
    why: `${where} answered 200, and ${what}`,
    refreshToken: fields?.refreshToken,
  });
  if (fields === undefined) return lost(body.kind === "json" ? "no object with a token" : "what it sent is not JSON");
  const { accessToken, refreshToken, tokenType, expiresIn, odd, error } = fields;
  if (accessToken === undefined) return lost(error === undefined ? "no access token" : `the error ${word(error)}`);
  if (/[^\x21-\x7e]/.test(accessToken)) return lost("an access token that no header can carry");
  if (tokenType?.toLowerCase() !== "bearer")
    return lost(
      `a token of ${tokenType === undefined ? "no type" : `the type ${word(tokenType)}`}, where bearer is known`,
    );
  try {
    const plain = {
      access_token: accessToken,
      token_type: tokenType,
      expires_in: expiresIn,
      refresh_token: refreshToken,
    };
    await oauth.processGenericTokenEndpointResponse(server, client, Response.json(plain));
  } catch (thrown) {
    return lost(secrets.redact(said(thrown)));
  }
  const expiresAt = expiresIn === undefined ? undefined : Math.floor(nowMs + expiresIn * 1_000);
  return { end: "granted", tokens: { accessToken, refreshToken, expiresAt }, odd };
}

function notGiven(
  { secrets }: GrantParts,
  { status, headers }: ReadAnswer,
  fields: Fields | undefined,
  where: string,
  nowMs: number,
): GrantEnd {
  const { error, errorWords, refreshToken } = fields ?? {};
  const words = errorWords === undefined ? "" : `: ${secrets.redact(errorWords).slice(0, 200)}`;
  const why = `${where} answered ${status}${error === undefined ? "" : ` ${word(error)}${words}`}`;
  if (status >= 300 && status < 400)
    return { end: "refused", why: `${why}, a redirect, which is not followed with secrets in hand`, lasting: false };
  if (status === 429 || status === 503) return { end: "later", why, afterMs: retryAfter(headers, nowMs)?.afterMs };
  if (status >= 500 || status === 408 || status < 400) return { end: "lost", why, refreshToken };
  return { end: "refused", why, lasting: error === "invalid_grant" };
}

/** A code of the standard's, which holds no secrets; anything else that stands in its place may. */
function word(text: string): string {
  return /^[a-z_]{1,40}$/i.test(text) ? text : "(not shown)";
}
