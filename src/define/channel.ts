import { checkOptions, declared, refuse, shown } from "../model/options.ts";
import type { Channel } from "./config.ts";
import { checkSecret, isSecret, type OptionalSecret, type Secret } from "./secret.ts";

/**
 * Alerts as messages in a Slack channel, by an incoming webhook. With an optional secret that is absent the channel is off.
 *
 * @throws {WaybillError} `bad-definition` when the URL is not a secret: whoever knows it can write there.
 * @example config({ alerts: [slack(secret("SLACK_WEBHOOK_URL", { optional: true }))] })
 */
export function slack(url: Secret | OptionalSecret): Channel {
  checkSecret(declared("slack()"), "its URL", url, { optional: true });
  return Object.freeze({ kind: "slack", url });
}

/**
 * Alerts as a POST of the alert's JSON, signed as Standard Webhooks do when a secret is given.
 *
 * @throws {WaybillError} `bad-definition` when the URL is none.
 * @example httpAlert("https://ops.example.com/alerts", { secret: secret("ALERT_SECRET") })
 */
export function httpAlert(url: string | Secret, options: { secret?: Secret } = {}): Channel {
  const thing = declared("httpAlert()");
  if (isSecret(url)) checkSecret(thing, "its URL", url);
  else if (typeof url !== "string" || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    refuse(thing, `its URL is ${shown(url)}, and one that begins with https:// or http:// is expected.`);
  }
  checkOptions(thing, options, { secret: true });
  if (options.secret !== undefined) checkSecret(thing, "secret", options.secret);
  return Object.freeze({ kind: "httpAlert", url, secret: options.secret });
}
