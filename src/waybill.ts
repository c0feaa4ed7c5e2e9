import { assemble } from "./assembly/assemble.ts";
import { type Config, checkConfig } from "./define/config.ts";
import type { Integration } from "./define/definition.ts";
import { type BalanceResult, balanceOf } from "./flow/books.ts";
import { tenantGiven } from "./flow/whose.ts";
import { type Duration, durationMs } from "./model/duration.ts";

type InputOf<I extends readonly Integration[], N extends string> =
  Extract<I[number], { readonly name: N }> extends Integration<N, infer Input> ? Input : never;

/** Who the tenants of an integration are; `unknown` where it has none, or nobody knows at compile time. */
type TenantsOf<I extends readonly Integration[], N extends string> =
  Extract<I[number], { readonly name: N }> extends Integration<N, unknown, infer T> ? T : never;

/** What `send` has to be told besides the record: whose it is, where the integration is per tenant. */
type SendOptions<T> = unknown extends T
  ? [options?: { readonly tenant?: string }]
  : [options: { readonly tenant: string }];

export interface SendResult {
  readonly record: string;
  readonly state: string;
}

/** Waybill inside a program. */
export interface Waybill<I extends readonly Integration[] = readonly Integration[]> extends AsyncDisposable {
  /** Takes the ledger over, reads sources and delivers. Does not listen: mount `fetch` in a server, or run `waybill start`. */
  start(): Promise<void>;
  /**
   * Sends one record through the boundary; it is durable when this resolves, wherever it then waits.
   *
   * @param options.tenant whose it is, where the integration is per tenant.
   */
  send<N extends I[number]["name"]>(
    name: N,
    record: InputOf<I, N>,
    ...options: SendOptions<TenantsOf<I, N>>
  ): Promise<SendResult>;
  /** Resolves when no record is waiting or delivering. @throws {WaybillError} `timed-out` after `timeout` (`"30s"`). */
  settled(name?: I[number]["name"], options?: { timeout?: Duration }): Promise<void>;
  /** The books: every received record is accounted for. */
  balance(name?: I[number]["name"]): Promise<BalanceResult>;
  /**
   * The same intake, API and pages as the server's, for a server of your own.
   *
   * @param from.address of whoever connected, where your server knows it: webhooks that only take some addresses need it.
   */
  fetch(request: Request, from?: { readonly address?: string }): Promise<Response>;
  /** Finishes what is under way for a while, and closes the ledger. What is not finished goes on after the next start. */
  stop(): Promise<void>;
}

/**
 * Makes a Waybill inside a program of your own.
 *
 * @throws {WaybillError} `bad-definition`, `bad-configuration`, or what opening the ledger throws.
 * @example
 * await using waybill = await createWaybill({ integrations: [orders] });
 * await waybill.start();
 * await waybill.send("orders", { id: "A-1", total: 1200 });
 */
export async function createWaybill<const I extends readonly Integration[]>(
  options: Omit<Config, "integrations"> & { integrations: I },
): Promise<Waybill<I>> {
  checkConfig(options);
  const assembly = await assemble(options);
  const stop = (): Promise<void> => assembly.stop();
  return {
    start: () => assembly.start(),
    async send(name, record, ...[options]) {
      const { definition } = assembly.known(name);
      const tenant = await tenantGiven(assembly.tenants, definition, options?.tenant);
      return assembly.intake.send(definition, record, tenant);
    },
    async settled(name, settledOptions) {
      if (name !== undefined) assembly.known(name);
      await assembly.settled(name, durationMs(settledOptions?.timeout ?? "30s", "timeout"));
    },
    async balance(name) {
      if (name !== undefined) assembly.known(name);
      return balanceOf(assembly.ledger, assembly.integrations.keys(), name);
    },
    fetch: (request, from) => assembly.app.fetch(request, from?.address),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
