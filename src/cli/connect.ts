import type { SystemDefinition } from "../define/system-definition.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import { tenantGiven } from "../flow/whose.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { beginConsent, type Connected, type Consent, type ConsentParts, consentOf } from "../systems/auth/consent.ts";
import { type HttpLimits, openHttpServer, type PlainAnswer } from "../world/http-server.ts";
import { openBrowser } from "./browser.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, say, sayAddress, styled } from "./output.ts";

export interface ConnectOptions extends GlobalOptions {
  readonly timeout?: string;
  /** `--no-browser`: the address is only printed. */
  readonly browser?: boolean;
  /** Whose account it is, where each tenant has its own. */
  readonly tenant?: string;
}

const limits: HttpLimits = {
  headersMs: 10_000,
  bodyMs: 1_000,
  requestMs: 10_000,
  keepAliveMs: 1_000,
  headerBytesMax: 32_768,
  bodiesBytesMax: 1_000,
  connectionsMax: 20,
};

/** `connect SYSTEM`: consent in the browser, and tokens sealed in the ledger. */
export function connect(name: string, options: ConnectOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { world, secrets, ledger, tenants } = assembly;
    const system = systemNamed(name);
    const { tokens } = consentOf(system);
    const tenant = await tenantGiven(tenants, system, options.tenant);
    const ref = system.per && { of: system.per.name, id: tenant };
    if (ref !== undefined) await tenants.loadSecrets(ref);
    const own = tenants.secretsOf(ref);
    const timeoutMs = timeoutOf(options.timeout ?? "5m");
    const connected = await consented({ system, tenant, world, secrets, own, ledger }, timeoutMs, options);
    const expiresAt = connected.expiresAt === undefined ? null : new Date(connected.expiresAt).toISOString();
    if (json)
      printJson({
        system: name,
        tenant,
        connected: true,
        expiresAt,
        refreshToken: connected.hasRefreshToken,
      });
    else {
      print(
        `${styled("green", "✓")} ${name}${tenant === "" ? "" : ` of ${tenant}`} is connected${expiresAt === null ? "" : `; its token is good until ${expiresAt}`}.`,
      );
      if (tokens === undefined)
        print(styled("dim", "  Its tokens stand sealed in the ledger. What waits for it goes on by itself."));
    }
    if (!connected.hasRefreshToken)
      say(
        `${styled("yellow", "!")} No refresh token was given: when this one is over, a new consent is needed. Some servers give one for a scope such as offline_access.`,
      );
    return 0;
  });
}

function systemNamed(name: string): SystemDefinition {
  const found = systemsDeclared().find((system) => system.name === name);
  if (found !== undefined) return found;
  const names = systemsDeclared().map((system) => system.name);
  throw new WaybillError("bad-usage", `There is no system "${name}".`, didYouMean(name, names, "systems"));
}

function timeoutOf(text: string): number {
  try {
    return durationMs(text as "5m", "--timeout");
  } catch (thrown) {
    throw new WaybillError("bad-usage", thrown instanceof Error ? thrown.message : "--timeout is no duration.");
  }
}

/** Listens on the loopback address, sends the person to the server, and waits for what the server says. */
async function consented(parts: ConsentParts, timeoutMs: number, { browser }: ConnectOptions): Promise<Connected> {
  const declared = consentOf(parts.system).redirectUrl;
  const answered = Promise.withResolvers<URLSearchParams>();
  let consent: Consent | undefined;
  const server = await openHttpServer({
    host: declared === undefined ? "127.0.0.1" : declared.hostname.replace(/^\[|\]$/g, ""),
    port: declared === undefined ? 0 : Number(declared.port || 80),
    limits,
    first: async ({ target }) => pageFor(target, consent, declared?.pathname ?? "/", answered.resolve),
    others: (_, response) => void response.writeHead(404).end(),
  }).catch((thrown: unknown) => {
    throw new WaybillError(
      "port-in-use",
      `The address that the browser comes back to cannot be listened on: ${String(thrown)}`,
      "Another program has it; or give another redirectUrl.",
    );
  });
  const cancel = parts.world.clock.after(timeoutMs, () =>
    answered.reject(
      new WaybillError(
        "timed-out",
        `Nobody consented for "${parts.system.name}" within ${timeoutMs / 1_000} s.`,
        "Nothing was changed. Try again.",
      ),
    ),
  );
  try {
    consent = await beginConsent(parts, declared?.href ?? `http://127.0.0.1:${server.port}/`);
    sayAddress(`Consent for ${parts.system.name} here:`, consent.url);
    if (browser !== false) openBrowser(consent.url);
    return await consent.finish(await answered.promise);
  } finally {
    cancel();
    await server.close(1_000);
  }
}

function pageFor(
  target: string,
  consent: Consent | undefined,
  path: string,
  take: (fields: URLSearchParams) => void,
): PlainAnswer {
  const url = new URL(target, "http://127.0.0.1");
  if (url.pathname !== path) return page(404, "There is nothing here.");
  // Anything on this machine may ask here: what does not know the question's secret changes nothing.
  if (consent?.isOurs(url.searchParams) !== true)
    return page(400, "This is not the answer that is waited for. Nothing was changed.");
  take(url.searchParams);
  return page(200, "Waybill has the answer: see the terminal. This page can be closed.");
}

function page(status: number, words: string): PlainAnswer {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  };
  return { status, headers, body: `<!doctype html><title>Waybill</title><p>${words}</p>\n` };
}
