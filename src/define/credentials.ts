import { checkOptions, checkRequired, checkText, declared, refuse } from "../model/options.ts";
import type { Verifier } from "./proof.ts";
import { checkSecret, isSecret, type Secret } from "./secret.ts";
import { checkHeaderName, type SigningSecrets, signingSecrets } from "./verifier-options.ts";

// For senders that sign nothing and show a password or a token instead: whoever reads one delivery on its way could send others.

export interface BasicWebhooksOptions {
  /** The user's name; it may be a secret too. */
  user: string | Secret;
  /** One password, or several while an old one is being replaced. */
  password: SigningSecrets;
}

export interface BearerWebhooksOptions {
  /** A header that holds the token alone, such as `"X-Gitlab-Token"`; `Authorization: Bearer …` by default. */
  header?: string;
}

/**
 * `Authorization: Basic …` (RFC 7617).
 *
 * @throws {WaybillError} `bad-definition` when the password is not a secret, or the user has a colon.
 * @example webhook("/erp", { verify: basicWebhooks({ user: "erp", password: secret("ERP_PASSWORD") }) })
 */
export function basicWebhooks(options: BasicWebhooksOptions): Verifier {
  const thing = declared("basicWebhooks()");
  checkOptions(thing, options, { user: true, password: true } satisfies Record<keyof BasicWebhooksOptions, true>);
  const example = 'Such as { user: "erp", password: secret("ERP_PASSWORD") }.';
  checkRequired(thing, options, { user: example, password: example });
  const { user } = options;
  if (isSecret(user)) checkSecret(thing, "its user", user);
  else {
    checkText(thing, "its user", user, example);
    if (user.includes(":")) refuse(thing, "its user has a colon, which separates user and password on the way.");
  }
  const secrets = signingSecrets(thing, options.password, "its password");
  return Object.freeze({ kind: "password", sender: undefined, user, secrets });
}

/**
 * `Authorization: Bearer …` (RFC 6750), or a token alone in a header of its own.
 *
 * @throws {WaybillError} `bad-definition` when the token is not a secret.
 * @example
 * webhook("/erp", { verify: bearerWebhooks(secret("ERP_TOKEN")) })
 * webhook("/gitlab", { verify: bearerWebhooks(secret("GITLAB_TOKEN"), { header: "X-Gitlab-Token" }) })
 */
export function bearerWebhooks(tokens: SigningSecrets, options: BearerWebhooksOptions = {}): Verifier {
  const thing = declared("bearerWebhooks()");
  checkOptions(thing, options, { header: true } satisfies Record<keyof BearerWebhooksOptions, true>);
  const { header } = options;
  if (header !== undefined) checkHeaderName(thing, "header", header);
  return Object.freeze({
    kind: "token",
    sender: undefined,
    secrets: signingSecrets(thing, tokens, "its token"),
    header: header?.toLowerCase() ?? "authorization",
    scheme: header === undefined || header.toLowerCase() === "authorization" ? "bearer" : undefined,
  });
}
