import { assemble } from "./assembly/assemble.ts";
import type { Assembly } from "./assembly/assembly.ts";
import { type Config, checkConfig } from "./define/config.ts";
import type { Integration } from "./define/definition.ts";
import { askingWithin, type Within } from "./define/within.ts";
import { type BalanceResult, balanceOf } from "./flow/books.ts";
import type { SentWithin } from "./flow/intake.ts";
import { tenantGiven } from "./flow/whose.ts";
import { type Duration, durationMs } from "./model/duration.ts";

type InputOf<I extends readonly Integration[], N extends string> =
  Extract<I[number], { readonly name: N }> extends Integration<N, infer Input> ? Input : never;

/** Who the tenants of an integration are; `unknown` where it has none, or nobody knows at compile time. */
type TenantsOf<I extends readonly Integration[], N extends string> =
  Extract<I[number], { readonly name: N }> extends Integration<N, unknown, infer T> ? T : never;

/** What `send` has to be told besides the record: whose it is, where the integration is per tenant. */
type SendOptions<T> = unknown extends T
  ? [options?: { readonly tenant?: string; readonly within?: undefined }]
  : [options: { readonly tenant: string; readonly within?: undefined }];

type SendWithinOptions<T> = unknown extends T
  ? [options: { readonly tenant?: string; readonly within: Within }]
  : [options: { readonly tenant: string; readonly within: Within }];

export interface SendResult {
  readonly record: string;
  readonly state: string;
}

/** Waybill inside a program. */
export interface Waybill<I extends readonly Integration[] = readonly Integration[]> extends AsyncDisposable {
  /** Takes the ledger over, reads sources and delivers. Does not listen: mount `fetch` in a server, or run `waybill start`. */
  start(): Promise<void>;
  /**
   * Sends one record with a transaction of your own, in the PostgreSQL database in which the ledger is. When it commits, exactly one record comes of it,
   * as soon as a running worker looks (milliseconds where this process is that worker, a second elsewhere); when it rolls back, none.
   *
   * The contract is read now, as by any `send`: what breaks it goes to the quarantine once the transaction commits, and `state` says so. Whether it is a
   * duplicate is known when it is taken in: then there is no second record. Nothing is locked but the new row, so the transaction may be long.
   *
   * @param options.within node-postgres's `Client` or `PoolClient` after `begin`, the `sql` of postgres.js's `sql.begin`, or a function that runs one
   *   statement in the transaction and answers its rows.
   * @param options.tenant whose it is, where the integration is per tenant.
   * @throws {WaybillError} `bad-usage` when the ledger is a file, or within is a pool, in no transaction, in one that failed or can only read, or in another
   *   database; `bad-configuration` where its user may not write there; `too-large`. What the client throws comes as it is.
   * @example
   * await client.query("begin");
   * await client.query("insert into orders …");
   * await waybill.send("orders", { id: "A-1", total: 1200 }, { within: client });
   * await client.query("commit");
   */
  send<N extends I[number]["name"]>(
    name: N,
    record: InputOf<I, N>,
    ...options: SendWithinOptions<TenantsOf<I, N>>
  ): Promise<SentWithin>;
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
    send: sendingBy(assembly),
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

function sendingBy<I extends readonly Integration[]>({ known, tenants, intake, outbox }: Assembly): Waybill<I>["send"] {
  async function send(name: string, record: unknown, options?: SendGiven): Promise<SendResult | SentWithin> {
    const { definition } = known(name);
    const within = options !== undefined && "within" in options ? options.within : undefined;
    const ask = within === undefined ? undefined : askingWithin(within);
    const tenant = await tenantGiven(tenants, definition, options?.tenant);
    if (ask === undefined) return intake.send(definition, record, tenant);
    const sent = await intake.sendWithin(ask, definition, record, tenant);
    outbox()?.hint();
    return sent;
  }
  // Which of the two comes back, the options say.
  return send as Waybill<I>["send"];
}

interface SendGiven {
  readonly tenant?: string;
  readonly within?: Within | undefined;
}
