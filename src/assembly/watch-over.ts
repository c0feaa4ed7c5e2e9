import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Definition } from "../define/definition.ts";
import { isOn, thresholdsOf, type WatchOptions } from "../define/watch.ts";
import type { ItemTaken } from "../flow/intake.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isPostgresAddress } from "../ledger/postgres/address.ts";
import { sqliteAddress } from "../ledger/sqlite/address.ts";
import type { Emit, WaybillEvent } from "../model/events.ts";
import { type Feed, pushFeed, webhookFeeds } from "../sources/feeds.ts";
import type { Files } from "../sources/files.ts";
import type { Item } from "../sources/item.ts";
import type { Polls } from "../sources/poll.ts";
import type { Systems } from "../systems/port.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { Tell } from "../watch/alerts/telling.ts";
import { createWatch, type Watch } from "../watch/alerts/watch.ts";
import { createLearning, type Learning } from "../watch/baselines/learning.ts";
import { createHistory, type History } from "../watch/history/history.ts";
import { watchInflow } from "../watch/looks/inflow.ts";
import { recentEvents } from "../watch/looks/recent.ts";
import { watchRefusals } from "../watch/looks/refused.ts";
import { watchSetBack } from "../watch/looks/set-back.ts";
import { watchSystems } from "../watch/looks/systems.ts";
import { watchBalance } from "../watch/looks/unbalanced.ts";
import { rules } from "../watch/rules/index.ts";
import type { Observation, Recent, Sightings } from "../watch/rules/observation.ts";
import { shareSightings } from "../watch/sightings/shared.ts";
import type { World } from "../world/transport.ts";

export interface WatchOver {
  readonly ledger: Ledger;
  readonly world: World;
  readonly secrets: Pick<Secrets, "redact">;
  readonly emit: Emit;
  readonly systems: Systems;
  readonly tenants: TenantLists;
  readonly polls: () => Polls | undefined;
  readonly files: () => Files | undefined;
  readonly definitions: readonly Definition[];
  readonly options: WatchOptions | undefined;
  /** Takes news over. */
  readonly tell: Tell;
  /** Tells them at once, for when nothing can be stored. */
  readonly tellDirectly: Tell;
  /** The address where people reach the server, where it is not the one where it listens. */
  readonly publicUrl: string | undefined;
  /** Writes the refusals that are still to be counted. */
  readonly flush: () => Promise<void>;
}

/** The watch, and what it is shown between two looks. */
export interface WatchingOver extends Watch {
  /** Sees what a source has brought, once it is durable. Cheap, and never throws. */
  taken(feed: Feed, items: readonly Item[], became: readonly ItemTaken[]): void;
}

/** Puts together what watches: where each part of an observation comes from, and to whom news go. */
export function watchOver(parts: WatchOver): WatchingOver {
  const { ledger, world, options } = parts;
  const { clock } = world;
  const recent = recentEvents(clock);
  let baseUrl = parts.publicUrl;
  const learning = createLearning(ledger, parts.definitions, clock);
  const history = createHistory(ledger, clock);
  const watch = createWatch({
    ledger,
    clock,
    emit: parts.emit,
    rules,
    isOn: (rule, integration) => isOn(options, rule, integration),
    redact: parts.secrets.redact,
    baseUrl: () => baseUrl,
    tell: parts.tell,
    tellDirectly: parts.tellDirectly,
    ...looking(parts, { recent: recent.seen, learning, history }, (serverUrl) => {
      baseUrl = parts.publicUrl ?? serverUrl;
    }),
  });
  const notice = (event: WaybillEvent): void => {
    recent.notice(event);
    history.notice(event);
    watch.notice(event);
  };
  return {
    ...watch,
    notice,
    taken: learning.taken,
    async stop() {
      await watch.stop();
      await learning.stop();
      await history.stop();
    },
  };
}

interface Looks {
  /** Asks what all that work with this ledger see. */
  observe(): Promise<Observation>;
  /** Another one asks: what this process sees is handed on. */
  aside(): Promise<void>;
}

/** So often whoever does not ask the rules reads the ledger's counters, to know what came before should it have to. */
const asideEveryMs = 60_000;

function looking(
  parts: WatchOver,
  {
    recent,
    learning,
    history,
  }: { readonly recent: () => Recent; readonly learning: Learning; readonly history: History },
  onServerUrl: (url: string | undefined) => void,
): Looks {
  const { ledger, systems, tenants, definitions } = parts;
  const { clock } = parts.world;
  const upSinceMs = clock.now();
  const thresholds = thresholdsOf(parts.options);
  const refusals = watchRefusals((source) => fedBy(source, definitions));
  const inflow = watchInflow();
  const unbalanced = watchBalance(ledger, clock);
  const setBack = watchSetBack(clock);
  const systemsSeen = watchSystems();
  const shared = shareSightings(ledger, clock);
  let countedMs = Number.NEGATIVE_INFINITY;

  async function sightings(): Promise<Sightings> {
    return {
      systems: systemsSeen(systems.state(), clock.now()),
      polls: parts.polls()?.status() ?? [],
      tenants: tenants.state(),
      recent: recent(),
      drifts: await learning.drifts(),
      clocks: [
        { ...setBack(), ledgerAheadMs: ledger.clockAheadMs(), ahead: systems.dates(), worker: ledger.facts.worker },
      ],
    };
  }

  return {
    async observe() {
      await parts.flush();
      // What a commit needs, and nothing that stays: only so is a ledger known that can be read and not be written.
      await ledger.probe();
      const [overview, bulletin, refused, disk] = await Promise.all([
        ledger.overview(),
        ledger.bulletin(),
        ledger.refusals(undefined),
        diskOf(ledger.facts.address),
      ]);
      onServerUrl(bulletin.serverUrl);
      const paused = bulletin.pauses.filter(({ kind }) => kind === "integration").map(({ name }) => name);
      const volumes = await learning.volumes(new Set(paused));
      const own = await sightings();
      await learning.keep();
      await history.look(overview, refused, systems.state());
      await shared.tell(own);
      const all = await shared.all(own);
      const nowMs = clock.now();
      return {
        ...all,
        nowMs,
        upSinceMs,
        thresholds,
        integrations: definitions.map(({ name }) => name),
        ledger: overview,
        refusals: refusals(refused, nowMs),
        pauses: bulletin.pauses,
        files: parts.files()?.status() ?? [],
        inflow: inflow(overview, nowMs),
        volumes,
        disk,
        unbalanced: unbalanced(),
      };
    },
    async aside() {
      learning.aside();
      await parts.flush();
      await shared.tell(await sightings());
      await learning.keep();
      await history.aside();
      if (clock.monotonic() - countedMs < asideEveryMs) return;
      countedMs = clock.monotonic();
      refusals(await ledger.refusals(undefined), clock.now());
      inflow(await ledger.overview(), clock.now());
    },
  };
}

/** Which integrations a source feeds, as refusals name it. */
function fedBy(source: string, definitions: readonly Definition[]): readonly string[] {
  return definitions
    .filter((one) => [pushFeed(one).name, ...webhookFeeds([one]).map(({ name }) => name)].includes(source))
    .map(({ name }) => name);
}

/** Room on the disk where the ledger's file is. A database's disk is watched where the database is. */
async function diskOf(address: string): Promise<Observation["disk"]> {
  if (isPostgresAddress(address)) return undefined;
  const { path, memory } = sqliteAddress(address);
  const folder = dirname(path);
  if (memory || !existsSync(folder)) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return { folder, freeBytes: bavail * bsize };
}
