import type { TenantsDefinition } from "../define/tenants.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { World } from "../world/transport.ts";
import type { KnowingSecrets, Secrets } from "./secrets.ts";
import { type KnownTenant, TenantList } from "./tenant-list.ts";
import type { TenantRef, TenantsState } from "./tenant-ref.ts";
import { TenantSecrets } from "./tenant-secrets.ts";

// Whose data and credentials something works with, while it works. A list is asked for again now and then; a tenant that is no longer in it keeps its
// records, which wait, and a tenant whose secrets are missing is the only one that is refused.

export interface TenantLists {
  /** Reads the lists, and again now and then until it is stopped. Waits for the first reading, though not for ever. */
  start(): Promise<void>;
  stop(): void;
  /** The tenant as its list has it now; undefined when it is not there. */
  get(ref: TenantRef): KnownTenant | undefined;
  /** The same; a list that does not have it, or was never read, is asked again first, unless that was just done. */
  find(ref: TenantRef): Promise<KnownTenant | undefined>;
  /** @throws {WaybillError} `unavailable` when the list cannot be read and never was. */
  ids(of: string): Promise<readonly string[]>;
  /** As `ids`, of what is known now; undefined when the list was never read. */
  idsNow(of: string): readonly string[] | undefined;
  /** Why `get` has nothing, in words for whoever looks at a record that waits. */
  whyNot(ref: TenantRef): string;
  /** Calls `listener` whenever who is there has changed. */
  onChange(listener: () => void): void;
  /** Secrets as this tenant has them, once they are loaded; those that are the same for all stand beside them. */
  secretsOf(ref: TenantRef | undefined): Secrets;
  /** Never rejects: what could not be loaded is missing, and says so when it is asked for. */
  loadSecrets(ref: TenantRef): Promise<void>;
  state(): readonly TenantsState[];
}

/** A first list that takes longer is waited for by its records, not by the start. */
const firstWaitMs = 5_000;

export interface TenantParts {
  readonly world: Pick<World, "clock">;
  readonly secrets: KnowingSecrets;
  readonly emit: Emit;
}

export function createTenants(definitions: readonly TenantsDefinition[], parts: TenantParts): TenantLists {
  const { world, secrets: shared, emit } = parts;
  const { clock } = world;
  const lists = new Map(definitions.map((one) => [one.name, new TenantList(one, clock, emit)]));
  const views = new Map<string, TenantSecrets>();
  const timers = new Set<() => void>();
  let stopped = false;

  const listOf = (of: string): TenantList => {
    const list = lists.get(of);
    if (list === undefined)
      throw new WaybillError("effect-misused", `No integration is per "${of}".`, `Say per: ${of}.`);
    return list;
  };

  function viewOf(ref: TenantRef): TenantSecrets {
    const name = `${ref.of}/${ref.id}`;
    const known = views.get(name);
    if (known !== undefined) return known;
    const view = new TenantSecrets(ref, listOf(ref.of), shared, clock);
    views.set(name, view);
    return view;
  }

  function keepFresh(list: TenantList): void {
    const again = (): void => {
      timers.delete(cancel);
      void list.load().finally(() => {
        if (!stopped) keepFresh(list);
      });
    };
    const cancel = clock.after(list.nextMs, again, { idle: true });
    timers.add(cancel);
  }

  return {
    async start() {
      const first = Promise.all([...lists.values()].map((list) => list.load()));
      void first.then(() => {
        if (!stopped) for (const list of lists.values()) if (list.changes) keepFresh(list);
      });
      const late = new Promise<void>((resolve) => timers.add(clock.after(firstWaitMs, resolve, { idle: true })));
      await Promise.race([first, late]);
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
    },
    get: (ref) => lists.get(ref.of)?.get(ref.id),
    async find(ref) {
      const list = listOf(ref.of);
      if (list.get(ref.id) === undefined) await list.lookAgain();
      return list.get(ref.id);
    },
    async ids(of) {
      const list = listOf(of);
      if (!list.read) await list.lookAgain();
      return list.ids();
    },
    idsNow(of) {
      const list = lists.get(of);
      return list?.read === true ? list.ids() : undefined;
    },
    whyNot: (ref) => lists.get(ref.of)?.whyNot(ref.id) ?? `no integration is per "${ref.of}" now`,
    onChange(listener) {
      for (const list of lists.values()) list.onChange(listener);
    },
    secretsOf: (ref) => (ref === undefined ? shared : viewOf(ref)),
    loadSecrets: (ref) => viewOf(ref).load(),
    state: () => [...lists.values()].map((list) => list.state()),
  };
}
