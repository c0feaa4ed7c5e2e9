import type { ClientAuth } from "oauth4webapi";
import type { OauthAuth } from "../../define/oauth.ts";
import type { Secret } from "../../define/secret.ts";
import type { Secrets } from "../secrets.ts";

/** How a client says who it is at the token endpoint (RFC 6749, 2.3.1). @throws {WaybillError} `secret-missing`. */
export function credentialsOf({ clientSecret, credentialsIn }: OauthAuth, secrets: Secrets): ClientAuth {
  const secret = clientSecret === undefined ? undefined : secrets.value(clientSecret.name);
  return (_server, { client_id: id }, body, headers) => {
    if (secret !== undefined && credentialsIn === "header") {
      // Letters that need no escape get none: servers that forget to undo it are not rare.
      const pair = `${formEncoded(id)}:${formEncoded(secret)}`;
      headers.set("authorization", `Basic ${Buffer.from(pair).toString("base64")}`);
      return;
    }
    body.set("client_id", id);
    if (secret !== undefined) body.set("client_secret", secret);
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

/** The client's id. @throws {WaybillError} `secret-missing`. */
export function clientIdOf({ clientId }: OauthAuth, secrets: Secrets): string {
  return typeof clientId === "string" ? clientId : secrets.value((clientId satisfies Secret).name);
}
