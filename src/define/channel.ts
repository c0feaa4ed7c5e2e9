import { type Severity, severities } from "../model/alert.ts";
import type { Duration } from "../model/duration.ts";
import {
  checkOneOf,
  checkOptions,
  checkText,
  checkZone,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { checkSecret, isSecret, type OptionalSecret, type Secret } from "./secret.ts";

/** Which alerts a channel is for, and when it may be disturbed. Without options it gets every alert at once. */
export interface ChannelOptions {
  /** Only these. */
  severities?: readonly Severity[];
  /** Only alerts about these integrations. */
  integrations?: readonly string[];
  /** Only alerts about these tenants. */
  tenants?: readonly string[];
  /** What is not critical waits until these hours are over: `"22:00-07:00"`. */
  quiet?: string;
  /** Of `quiet`; `"UTC"` by default. */
  zone?: string;
}

/** The options of a channel, checked. */
export interface Route {
  readonly severities: readonly Severity[] | undefined;
  readonly integrations: readonly string[] | undefined;
  readonly tenants: readonly string[] | undefined;
  readonly quiet: { readonly from: number; readonly to: number; readonly zone: string } | undefined;
}

/** Where alerts go. */
export type Channel =
  | { readonly kind: "slack" | "teams"; readonly route: Route; readonly url: Secret | OptionalSecret }
  | { readonly kind: "pagerDuty"; readonly route: Route; readonly key: Secret | OptionalSecret; readonly url: string }
  | {
      readonly kind: "httpAlert";
      readonly route: Route;
      readonly url: string | Secret;
      readonly secret: Secret | undefined;
    }
  | {
      readonly kind: "email";
      readonly route: Route;
      readonly url: string | Secret | OptionalSecret;
      readonly from: string;
      readonly to: readonly string[];
    }
  | { readonly kind: "stdout"; readonly route: Route };

/** Mails by a server. */
export type EmailChannel = Extract<Channel, { readonly kind: "email" }>;

type ChannelKind = Channel["kind"];

/** How each is made. */
export const channelKinds: Readonly<Record<ChannelKind, true>> = {
  slack: true,
  teams: true,
  pagerDuty: true,
  httpAlert: true,
  email: true,
  stdout: true,
};

const routeKnown = { severities: true, integrations: true, tenants: true, quiet: true, zone: true } satisfies Record<
  keyof ChannelOptions,
  true
>;

/**
 * Alerts as messages in a Slack channel, by an incoming webhook, at most one a second (https://docs.slack.dev/apis/web-api/rate-limits). With an
 * optional secret that is absent the channel is off.
 *
 * @throws {WaybillError} `bad-definition` when the URL is not a secret: whoever knows it can write there.
 * @example config({ alerts: [slack(secret("SLACK_WEBHOOK_URL", { optional: true }), { severities: ["critical"] })] })
 */
export function slack(url: Secret | OptionalSecret, options: ChannelOptions = {}): Channel {
  return byUrl("slack", url, options);
}

/**
 * Alerts as adaptive cards in Microsoft Teams, by a workflow that starts "when a Teams webhook request is received"
 * (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).
 *
 * @throws {WaybillError} `bad-definition` when the URL is not a secret.
 * @example config({ alerts: [teams(secret("TEAMS_WORKFLOW_URL"))] })
 */
export function teams(url: Secret | OptionalSecret, options: ChannelOptions = {}): Channel {
  return byUrl("teams", url, options);
}

function byUrl(kind: "slack" | "teams", url: Secret | OptionalSecret, options: ChannelOptions): Channel {
  const thing = declared(`${kind}()`);
  checkSecret(thing, "its URL", url, { optional: true });
  return Object.freeze({ kind, url, route: routeOf(thing, options) });
}

/**
 * Alerts as incidents in PagerDuty, by its Events API v2: one for each alert, acknowledged and resolved as the alert is
 * (https://developer.pagerduty.com/docs/send-alert-event).
 *
 * @param key the integration key of a service.
 * @throws {WaybillError} `bad-definition` when the key is not a secret.
 * @example config({ alerts: [pagerDuty(secret("PAGERDUTY_KEY"), { severities: ["critical"] })] })
 */
export function pagerDuty(
  key: Secret | OptionalSecret,
  { url = "https://events.pagerduty.com/v2/enqueue", ...options }: ChannelOptions & { url?: string } = {},
): Channel {
  const thing = declared("pagerDuty()");
  checkSecret(thing, "its integration key", key, { optional: true });
  checkUrl(thing, url);
  return Object.freeze({ kind: "pagerDuty", key, url, route: routeOf(thing, options) });
}

/**
 * Alerts as a POST of the alert's JSON, signed as Standard Webhooks do when a secret is given
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 *
 * @throws {WaybillError} `bad-definition` when the URL is none.
 * @example httpAlert("https://ops.example.com/alerts", { secret: secret("ALERT_SECRET") })
 */
export function httpAlert(
  url: string | Secret,
  { secret, ...options }: ChannelOptions & { secret?: Secret } = {},
): Channel {
  const thing = declared("httpAlert()");
  if (isSecret(url)) checkSecret(thing, "its URL", url);
  else checkUrl(thing, url);
  if (secret !== undefined) checkSecret(thing, "secret", secret);
  return Object.freeze({ kind: "httpAlert", url, secret, route: routeOf(thing, options, { secret: true }) });
}

/**
 * Alerts as mails, as text and as HTML, all of one alert in one thread.
 *
 * @param url the mail server, `smtps://user:password@mail.example.com:465` or `smtp://…:587`, encrypted in both ways (RFC 8314, RFC 3207) unless it is on
 * this machine. A secret, save for one that asks for no password.
 * @param options.from who it is from, `"Waybill <waybill@example.com>"`.
 * @param options.to whom it goes to; all must be accepted by the server.
 * @throws {WaybillError} `bad-definition` when the URL holds a password and is no secret, or an address is none.
 * @example config({ alerts: [email(secret("SMTP_URL"), { from: "waybill@example.com", to: ["ops@example.com"] })] })
 */
export function email(
  url: string | Secret | OptionalSecret,
  { from, to, ...options }: ChannelOptions & { readonly from: string; readonly to: readonly string[] },
): Channel {
  const thing = declared("email()");
  if (isSecret(url)) checkSecret(thing, "its URL", url, { optional: true });
  else checkMailServer(thing, url);
  checkAddress(thing, "from", from);
  checkTexts(thing, "to", to ?? "");
  for (const one of to) checkAddress(thing, "to", one);
  return Object.freeze({ kind: "email", url, from, to, route: routeOf(thing, options) });
}

function checkMailServer(thing: Declared, text: unknown): void {
  const url = typeof text === "string" ? URL.parse(text) : null;
  const hint = 'Such as "smtp://localhost:25", or secret("SMTP_URL") for one with user and password.';
  if (url === null || !/^smtps?:$/.test(url.protocol)) {
    refuse(thing, "its URL is none that begins with smtps:// or smtp://.", hint);
  }
  if (url.username !== "" || url.password !== "") refuse(thing, "its URL holds a password, and is no secret.", hint);
}

/** `ann@example.com`, or `Ann <ann@example.com>`. */
const addressForm = /^(?:[^<>@,;\p{Cc}]*<[^<>@,;\s\p{Cc}]+@[^<>@,;\s\p{Cc}]+>|[^<>@,;\s\p{Cc}]+@[^<>@,;\s\p{Cc}]+)$/u;

export function checkAddress(thing: Declared, name: string, given: unknown): void {
  if (typeof given === "string" && addressForm.test(given)) return;
  refuse(thing, `${name} is ${shown(given)}, which is no address.`, 'Such as "Ann <ann@example.com>".');
}

/**
 * Alerts as lines of JSON on stdout, for whatever collects them there.
 *
 * @example config({ alerts: [stdout()] })
 */
export function stdout(options: ChannelOptions = {}): Channel {
  return Object.freeze({ kind: "stdout", route: routeOf(declared("stdout()"), options) });
}

/** Says to somebody outside that this process is alive and works. */
export interface Heartbeat {
  readonly kind: "heartbeat";
  readonly url: string | Secret | OptionalSecret;
  readonly everyMs: number;
}

/**
 * A GET every minute, or as often as `every` says, while the ledger can be written to: whoever expects it (healthchecks.io, Better Stack, Cronitor, your
 * own) notices when this machine is dead, which nothing on it can tell.
 *
 * @param url where it goes; as a secret, if whoever knows it could beat in its place.
 * @throws {WaybillError} `bad-definition` when the URL is none.
 * @example config({ heartbeat: heartbeat(secret("HEARTBEAT_URL", { optional: true }), { every: "1m" }) })
 */
export function heartbeat(
  url: string | Secret | OptionalSecret,
  options: { readonly every?: Duration } = {},
): Heartbeat {
  const thing = declared("heartbeat()");
  if (isSecret(url)) checkSecret(thing, "its URL", url, { optional: true });
  else checkUrl(thing, url);
  checkOptions(thing, options, { every: true });
  return Object.freeze({
    kind: "heartbeat",
    url,
    everyMs: durationOption(thing, "every", options.every, "1m", { min: "1s", max: "1d" }),
  });
}

function checkUrl(thing: Declared, url: unknown): asserts url is string {
  if (typeof url === "string" && /^https?:$/.test(URL.parse(url)?.protocol ?? "")) return;
  refuse(thing, `its URL is ${shown(url)}, and one that begins with https:// or http:// is expected.`);
}

function routeOf(thing: Declared, options: ChannelOptions, own: Record<string, true> = {}): Route {
  checkOptions(thing, options, { ...routeKnown, ...own });
  checkTexts(thing, "integrations", options.integrations);
  checkTexts(thing, "tenants", options.tenants);
  for (const one of options.severities ?? []) checkOneOf(thing, "severities", one, severities);
  if (options.zone !== undefined) checkZone(thing, "zone", options.zone);
  return Object.freeze({
    severities: options.severities,
    integrations: options.integrations,
    tenants: options.tenants,
    quiet: quietOf(thing, options),
  });
}

function checkTexts(thing: Declared, name: string, given: unknown): void {
  if (given === undefined) return;
  if (Array.isArray(given) && given.length === 0) refuse(thing, `${name} is an empty list.`);
  if (!Array.isArray(given)) refuse(thing, `${name} is ${shown(given)}, and a list is expected.`);
  for (const one of given) checkText(thing, name, one);
}

function quietOf(thing: Declared, { quiet, zone = "UTC" }: ChannelOptions): Route["quiet"] {
  if (quiet === undefined) {
    if (zone !== "UTC") refuse(thing, "zone is given, and quiet is not.", 'Such as quiet: "22:00-07:00".');
    return undefined;
  }
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(String(quiet));
  const [from, to] = match === null ? [0, 0] : [minute(match[1], match[2]), minute(match[3], match[4])];
  if (from === to) refuse(thing, `quiet is ${shown(quiet)}, which cannot be read.`, 'Such as "22:00-07:00".');
  return { from, to, zone };
}

const minute = (hours: string | undefined, minutes: string | undefined): number => Number(hours) * 60 + Number(minutes);
