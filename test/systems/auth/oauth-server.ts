// An OAuth server that nobody here wrote (oauth2-mock-server), made as strict as the strictest: each refresh token is good for one use.
import { randomUUID } from "node:crypto";
import { OAuth2Server } from "oauth2-mock-server";

export interface OauthServer {
  readonly origin: string;
  readonly tokenUrl: string;
  readonly authorizeUrl: string;
  /** The last refresh token that it gave. */
  readonly refreshToken: string;
  /** Every token request, in order. */
  readonly asked: readonly Asked[];
  /** Requests to its API that carried a good token, and others. */
  readonly api: { good: number; refused: number };
  /** Seconds that a token is good for, as it says; undefined says nothing. */
  expiresIn: number | undefined;
  /** No access token is good any more. */
  revokeAccess(): void;
  /** The consent is taken back: neither an access token nor a refresh token is good any more. */
  revoke(): void;
  /** Whether what a request shows is a good access token. */
  isGood(authorization: string | undefined): boolean;
  /** Gives a refresh token as a consent would. */
  consent(): string;
  close(): Promise<void>;
}

export interface Asked {
  readonly grant: string;
  readonly refreshToken: string | undefined;
  readonly authorization: string | undefined;
  readonly granted: boolean;
}

export async function oauthServer(): Promise<OauthServer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("ES256");
  await server.start(0, "127.0.0.1");
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  const asked: Asked[] = [];
  const spent = new Set<string>();
  const valid = new Set<string>();
  const access = new Set<string>();
  const api = { good: 0, refused: 0 };
  let last = "";

  const why = (token = ""): string => (spent.has(token) ? `${token} was used before` : "the consent was taken back");

  const state: OauthServer = {
    origin,
    tokenUrl: `${origin}/token`,
    authorizeUrl: `${origin}/authorize`,
    get refreshToken() {
      return last;
    },
    asked,
    api,
    expiresIn: 3_600,
    revokeAccess: () => access.clear(),
    revoke() {
      access.clear();
      valid.clear();
    },
    isGood: (authorization = "") => access.has(authorization.replace("Bearer ", "")),
    consent() {
      last = randomUUID();
      valid.add(last);
      return last;
    },
    close: () => server.stop(),
  };

  server.service.on("beforeTokenSigning", ({ payload }) => {
    payload.jti = randomUUID();
  });
  server.service.on("beforeResponse", (response, request) => {
    const { grant_type: grant, refresh_token: token } = request.body as unknown as Record<string, string | undefined>;
    const good = grant !== "refresh_token" || (token !== undefined && valid.has(token) && !spent.has(token));
    asked.push({
      grant: grant ?? "",
      refreshToken: token,
      authorization: request.headers.authorization,
      granted: good,
    });
    if (!good) {
      response.statusCode = 400;
      response.body = { error: "invalid_grant", error_description: why(token) };
      return;
    }
    if (token !== undefined) spent.add(token);
    const body = response.body as unknown as Record<string, unknown>;
    access.add(String(body.access_token));
    if (typeof body.refresh_token === "string") {
      last = body.refresh_token;
      valid.add(last);
    }
    if (state.expiresIn === undefined) delete body.expires_in;
    else body.expires_in = state.expiresIn;
  });
  server.service.addRoute("POST", "/invoices", (request, response) => {
    const good = state.isGood(request.headers.authorization);
    if (good) api.good += 1;
    else api.refused += 1;
    response.writeHead(good ? 201 : 401, { "content-type": "application/json" });
    response.end(good ? '{"id":"inv_1"}' : '{"error":"invalid_token"}');
  });
  return state;
}
