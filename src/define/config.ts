import type { Duration } from "../model/duration.ts";
import {
  checkOptions,
  checkText,
  checkWhole,
  type Declared,
  declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import { isAddressRange } from "../world/addresses.ts";
import { type CallsOptions, checkCalls } from "./calls.ts";
import { type Channel, channelKinds, type Heartbeat } from "./channel.ts";
import type { Integration } from "./definition.ts";
import { mailedReport, type ReportOptions } from "./report.ts";
import { checkSecret, type OptionalSecret, type Secret } from "./secret.ts";
import { checkWatch, type WatchOptions } from "./watch.ts";

/** Who signs people in before they reach Waybill, such as oauth2-proxy or an identity-aware load balancer. */
export interface AuthProxy {
  /** The header in which it says who it is: `X-Forwarded-Email`. The proxy has to take out what its clients send under that name. */
  header: string;
  /** Addresses or ranges that it connects from. From elsewhere the header is not believed. */
  from: readonly string[];
  /** Who may change things, named as the header names them; `"everybody"` who comes that way. Nobody by default: the others may look. */
  operators?: readonly string[] | "everybody";
}

export interface ServerOptions {
  /** 8080 by default; 0 takes a free one. */
  port?: number;
  /** `127.0.0.1` by default; another address needs a token. */
  host?: string;
  /** What everything except webhooks and `/healthz` then asks for as a bearer token. */
  token?: Secret | OptionalSecret;
  /** What lets people look and change nothing, in the pages and as a bearer token. */
  viewerToken?: Secret | OptionalSecret;
  /** A proxy of your own that signs people in. */
  authProxy?: AuthProxy;
  /** Proxies in front of Waybill, as addresses or ranges: only they are believed about whom they pass on (`X-Forwarded-For`). None by default. */
  trustedProxies?: readonly string[];
  /** Where people reach this server, for links in alerts; by default the address where it listens. */
  publicUrl?: string;
}

export interface Keep {
  /** Payloads and bodies of final records; `"30d"` by default. */
  payloads?: Duration;
  /** Final records and their timeline; `"400d"` by default. */
  history?: Duration;
  /** Dedupe marks; for ever by default. */
  marks?: Duration;
  /** The log of calls; `"7d"` by default. */
  calls?: Duration;
}

export interface Config {
  /** A glob relative to the configuration file, or the integrations themselves; `"integrations/*.ts"` by default. */
  integrations?: string | readonly Integration[];
  /** `sqlite:PATH`, `sqlite::memory:`, or `postgres://USER:PASSWORD@HOST/DATABASE` with `?schema=NAME` where it is not "waybill"; `sqlite:.waybill/ledger.db` by default. */
  ledger?: string;
  server?: ServerOptions;
  /** Who is told what is wrong. */
  alerts?: readonly Channel[];
  /** Who notices when this machine is dead. */
  heartbeat?: Heartbeat;
  keep?: Keep;
  /** The week in one page, mailed by itself. */
  report?: ReportOptions;
  /** The log of calls: which are kept whole, and how much of them. */
  calls?: CallsOptions;
  /** From when on something is wrong; by default every rule watches with its usual thresholds. */
  watch?: WatchOptions;
  /** Names this version of your code; by default the hash of each definition and its local modules. */
  release?: string;
}

const known = {
  integrations: true,
  ledger: true,
  server: true,
  alerts: true,
  heartbeat: true,
  keep: true,
  calls: true,
  watch: true,
  report: true,
  release: true,
} satisfies Record<keyof Config, true>;
const serverKnown = {
  port: true,
  host: true,
  token: true,
  viewerToken: true,
  authProxy: true,
  trustedProxies: true,
  publicUrl: true,
} satisfies Record<keyof ServerOptions, true>;
const authProxyKnown = { header: true, from: true, operators: true } satisfies Record<keyof AuthProxy, true>;
const keepKnown = { payloads: true, history: true, marks: true, calls: true } satisfies Record<keyof Keep, true>;

/**
 * The configuration, as `waybill.config.ts` exports it.
 *
 * @throws {WaybillError} `bad-configuration` when something in it is unknown or cannot be.
 * @example export default config({ integrations: "integrations/*.ts", keep: { payloads: "30d", history: "400d" } });
 */
export function config(config: Config): Config {
  checkConfig(config);
  return config;
}

/** Refuses a configuration that cannot be, whoever wrote it: also the options of `createWaybill`. */
export function checkConfig(config: Config): void {
  const thing = declared("config", "bad-configuration");
  checkOptions(thing, config, known);
  checkIntegrations(thing, config.integrations);
  if (config.ledger !== undefined) checkLedger(thing, config.ledger);
  if (config.server !== undefined) checkServer(thing, config.server);
  if (config.alerts !== undefined) checkAlerts(thing, config.alerts);
  if (config.heartbeat !== undefined && config.heartbeat?.kind !== "heartbeat")
    refuse(thing, `heartbeat is ${shown(config.heartbeat)}.`, 'Make it with heartbeat("https://…", { every: "1m" }).');
  if (config.keep !== undefined) checkKeep(thing, config.keep);
  if (config.calls !== undefined) checkCalls(thing, config.calls);
  if (config.watch !== undefined) checkWatch(thing, config.watch);
  if (config.report !== undefined) mailedReport(thing, config.report, config.alerts);
  if (config.release !== undefined)
    checkText(thing, "release", config.release, 'Such as the commit: process.env.GIT_SHA ?? "local".');
}

function checkIntegrations(thing: Declared, integrations: unknown): void {
  if (integrations === undefined) return;
  if (!Array.isArray(integrations)) {
    checkText(thing, "integrations", integrations, 'A glob such as "integrations/*.ts", or a list of integrations.');
    return;
  }
  for (const [index, one] of integrations.entries()) {
    if (typeof one === "object" && one !== null && typeof one.definition === "object") continue;
    refuse(
      thing,
      `integrations[${index}] is ${shown(one)}, and an integration is expected.`,
      'Give what integration("name", { … }) returned, or one glob as text.',
    );
  }
}

function checkLedger(thing: Declared, ledger: unknown): void {
  const hint = 'Such as "sqlite:.waybill/ledger.db", "postgres://app@localhost/shop", or "sqlite::memory:" in tests.';
  checkText(thing, "ledger", ledger, hint);
  // An address may hold a password, so it is not repeated.
  if (!/^(sqlite:.|postgres(ql)?:\/\/)/.test(ledger as string))
    refuse(thing, "ledger is not an address that Waybill knows.", hint);
}

function checkServer(thing: Declared, server: ServerOptions): void {
  checkOptions(thing, server, serverKnown, "server");
  if (server.port !== undefined)
    checkWhole(thing, "server.port", server.port, { min: 0, max: 65_535 }, "8080 by default; 0 takes a free one.");
  if (server.host !== undefined) {
    checkText(thing, "server.host", server.host);
    const withPort = server.host.split(":").length === 2;
    if (withPort || !/^[\w.:%-]+$/.test(server.host)) {
      refuse(
        thing,
        `server.host is ${shown(server.host)}, and an address or a name alone is expected.`,
        'Such as "127.0.0.1", "0.0.0.0" or "::1"; the port stands in server.port.',
      );
    }
  }
  if (server.token !== undefined) checkSecret(thing, "server.token", server.token, { optional: true });
  if (server.viewerToken !== undefined)
    checkSecret(thing, "server.viewerToken", server.viewerToken, { optional: true });
  if (server.token !== undefined && server.viewerToken?.name === server.token.name)
    refuse(
      thing,
      `server.viewerToken is the same secret as server.token: ${server.token.name}.`,
      "Whoever may only look would be let in as an operator. Give viewers a token of their own.",
    );
  if (server.authProxy !== undefined) checkAuthProxy(thing, server.authProxy);
  if (server.trustedProxies !== undefined) checkProxies(thing, "trustedProxies", server.trustedProxies);
  if (server.publicUrl !== undefined && !/^https?:$/.test(URL.parse(String(server.publicUrl))?.protocol ?? ""))
    refuse(
      thing,
      `server.publicUrl is ${shown(server.publicUrl)}, and an address is expected.`,
      'Such as "https://waybill.example.com".',
    );
}

function checkAuthProxy(thing: Declared, proxy: AuthProxy): void {
  const hint =
    'Such as authProxy: { header: "X-Forwarded-Email", from: ["10.0.0.7"], operators: ["ann@example.com"] }.';
  checkOptions(thing, proxy, authProxyKnown, "server.authProxy");
  const { header, from, operators } = proxy;
  if (typeof header !== "string" || !/^[\w-]+$/.test(header))
    refuse(thing, `server.authProxy.header is ${shown(header)}, and the name of a header is expected.`, hint);
  if (/^(authorization|cookie|host|origin|referer|user-agent|x-forwarded-(for|host|proto))$/i.test(header))
    refuse(thing, `server.authProxy.header is ${header}, which comes from whoever asks and not from a proxy.`, hint);
  if (!Array.isArray(from) || from.length === 0)
    refuse(thing, `server.authProxy.from is ${shown(from)}: nobody would be believed.`, hint);
  checkProxies(thing, "authProxy.from", from);
  if (operators === undefined || operators === "everybody") return;
  if (!Array.isArray(operators) || operators.some((name) => typeof name !== "string" || name === ""))
    refuse(thing, `server.authProxy.operators is ${shown(operators)}, and a list of names is expected.`, hint);
}

function checkProxies(thing: Declared, name: "trustedProxies" | "authProxy.from", proxies: unknown): void {
  const hint = `Such as ${name.replace("authProxy.", "")}: ["10.0.0.0/8"].`;
  if (!Array.isArray(proxies))
    refuse(thing, `server.${name} is ${shown(proxies)}, and a list of addresses is expected.`, hint);
  for (const [index, one] of proxies.entries()) {
    if (typeof one === "string" && isAddressRange(one) && !/\/0+$/.test(one)) continue;
    const problem = "which is no address, no range, or all of them";
    refuse(thing, `server.${name}[${index}] is ${shown(one)}, ${problem}.`, hint);
  }
}

function checkAlerts(thing: Declared, alerts: unknown): void {
  if (!Array.isArray(alerts))
    refuse(thing, `alerts is ${shown(alerts)}, and a list is expected.`, "Such as [slack(…), httpAlert(…)].");
  for (const [index, channel] of alerts.entries()) {
    if (Object.hasOwn(channelKinds, channel?.kind)) continue;
    refuse(
      thing,
      `alerts[${index}] is ${shown(channel)}, and a channel is expected.`,
      "Make it with slack(…), teams(…), pagerDuty(…), httpAlert(…), email(…) or stdout().",
    );
  }
}

function checkKeep(thing: Declared, keep: Keep): void {
  checkOptions(thing, keep, keepKnown, "keep");
  const range = { min: "1s", max: "36500d" } as const;
  durationOption(thing, "keep.payloads", keep.payloads, "30d", range);
  durationOption(thing, "keep.history", keep.history, "400d", range);
  durationOption(thing, "keep.calls", keep.calls, "7d", range);
  if (keep.marks !== undefined) durationOption(thing, "keep.marks", keep.marks, "36500d", range);
}
