import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OauthOptions, oauth } from "../../../src/define/oauth.ts";
import { secret } from "../../../src/define/secret.ts";
import type { SystemDefinition } from "../../../src/define/system.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import type { Systems } from "../../../src/systems/port.ts";
import { createSecrets, type KnowingSecrets } from "../../../src/systems/secrets.ts";
import { createSystems } from "../../../src/systems/systems.ts";
import { createWorld } from "../../../src/world/world.ts";
import { openSqliteHere } from "../../ledger/here.ts";
import { aChange, aSystem } from "../declared.ts";

export const aKey = (n: number): string => Buffer.alloc(32, n).toString("base64");

/** A ledger in a file, and one process after another that works on it. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), "waybill-auth-"));
  readonly env: Record<string, string | undefined> = { WAYBILL_KEY: aKey(1), CLIENT_SECRET: "client-secret-7f3a" };
  readonly events: WaybillEvent[] = [];
  #open: { ledger: Ledger; world: ReturnType<typeof createWorld> } | undefined;
  systems!: Systems;
  secrets!: KnowingSecrets;
  readonly #reached: string[] = [];

  get ledger(): Ledger {
    if (this.#open === undefined) throw new Error("nothing runs");
    return this.#open.ledger;
  }

  /** What was passed, in order. */
  get reached(): readonly string[] {
    return this.#reached;
  }

  start(): this {
    const world = createWorld({ env: this.env, passing: (point) => this.#reached.push(point) });
    const address = `sqlite:${join(this.folder, "ledger.db")}`;
    const ledger = openSqliteHere({ address, role: "owner", mustExist: false }, world);
    this.secrets = createSecrets(world.env, (path) => readFileSync(path, "utf8"));
    this.systems = createSystems(world, { secrets: this.secrets, emit: (event) => this.events.push(event), ledger });
    this.#open = { ledger, world };
    return this;
  }

  async stop(): Promise<void> {
    await this.systems.stop();
    await this.#open?.ledger.close();
    await this.#open?.world.close();
    this.#open = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  async end(): Promise<void> {
    if (this.#open !== undefined) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  send(system: SystemDefinition): Promise<Outcome> {
    const change = aChange({ system, json: { total: "1.00" } });
    return this.systems.send(change, this.systems.prepare(change, "a-key"), {
      signal: new AbortController().signal,
      beforeSend: () => undefined,
      idempotencyKey: "a-key",
      attempt: 1,
    });
  }

  /** Everything in the ledger's folder, as bytes read as Latin-1. */
  stored(): string {
    return readdirSync(this.folder)
      .map((file) => readFileSync(join(this.folder, file), "latin1"))
      .join("\n");
  }
}

let named = 0;

/** A system at an OAuth server, begun with a refresh token from the environment. */
export function anOauthSystem(
  at: { readonly origin: string; readonly tokenUrl: string },
  more: Partial<OauthOptions> = {},
): SystemDefinition {
  const auth = oauth({
    tokenUrl: at.tokenUrl,
    clientId: "waybill",
    clientSecret: secret("CLIENT_SECRET"),
    refreshToken: secret("REFRESH_TOKEN"),
    ...more,
  });
  return aSystem({ name: `xero-${++named}`, baseUrl: new URL(at.origin), auth });
}
