import type { Definition } from "../define/integration.ts";
import type { FileDefinition, PollDefinition, SourceDefinition, WebhookDefinition } from "../define/source.ts";
import { WaybillError } from "../model/errors.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";

/** A source and the integrations that it feeds. Each gets its own record of everything that comes. */
export interface Feed<S extends SourceDefinition = SourceDefinition> {
  /** Names the source in the ledger: part of the marks of what breaks the contract, and of cursors. */
  readonly name: string;
  readonly source: S;
  readonly integrations: readonly Definition[];
  /** Whose records it brings, where each tenant is asked by itself. */
  readonly tenant?: TenantRef;
}

/** What a poll's cursor is kept under: `poll:contacts`, or `poll:contacts@shop-7` where each tenant has its own. */
export function cursorName({ name, tenant }: Feed): string {
  return tenant === undefined ? name : `${name}@${tenant.id}`;
}

/** What is handed in for one integration, whatever its sources are. */
export function pushFeed(definition: Definition): Feed {
  return { name: `push:${definition.name}`, source: { kind: "push" }, integrations: [definition] };
}

export function webhookFeeds(definitions: readonly Definition[]): readonly Feed<WebhookDefinition>[] {
  return feedsOf(definitions, "webhook", (source) => `webhook:${source.path}`);
}

/**
 * @throws {WaybillError} `bad-definition` when a poll that feeds several integrations has no name, or two polls have one: the name is what its cursor
 * is kept under, and must not depend on which integrations it feeds.
 */
export function pollFeeds(definitions: readonly Definition[]): readonly Feed<PollDefinition>[] {
  const feeds = feedsOf(definitions, "poll", (source, integration) => `poll:${source.name ?? integration.name}`);
  const names = new Set<string>();
  for (const { name, source, integrations } of feeds) {
    const fed = integrations.map((integration) => `"${integration.name}"`).join(" and ");
    if (integrations.length > 1 && source.name === undefined) {
      throw new WaybillError(
        "bad-definition",
        `The poll that feeds ${fed} has no name.`,
        'Give it one, poll({ name: "contacts", … }): its cursor is kept under that name.',
      );
    }
    if (names.has(name)) {
      throw new WaybillError(
        "bad-definition",
        `Two polls would keep their cursor under the name "${name.slice("poll:".length)}".`,
        'Give each a name of its own, poll({ name: "contacts", … }), or share one poll between the integrations.',
      );
    }
    names.add(name);
  }
  return feeds;
}

/** @throws {WaybillError} `bad-definition` when two file sources have one name: how far each file has been read is kept under it. */
export function fileFeeds(definitions: readonly Definition[]): readonly Feed<FileDefinition>[] {
  const feeds = feedsOf(definitions, "file", (source) => `file:${source.name ?? source.glob}`);
  const names = new Set<string>();
  for (const { name } of feeds) {
    if (names.has(name)) {
      throw new WaybillError(
        "bad-definition",
        `Two file sources have the name "${name.slice("file:".length)}".`,
        'Share one between the integrations: const prices = file(…), and give it to both. Or name them: file("inbox/*.csv", { name: "prices", … }).',
      );
    }
    names.add(name);
  }
  return feeds;
}

function feedsOf<K extends SourceDefinition["kind"]>(
  definitions: readonly Definition[],
  kind: K,
  nameOf: (source: Extract<SourceDefinition, { kind: K }>, integration: Definition) => string,
): readonly Feed<Extract<SourceDefinition, { kind: K }>>[] {
  type S = Extract<SourceDefinition, { kind: K }>;
  const feeds = new Map<SourceDefinition, { name: string; source: S; integrations: Definition[] }>();
  for (const definition of definitions) {
    for (const source of definition.sources) {
      if (source.kind !== kind) continue;
      const feed = feeds.get(source);
      if (feed !== undefined) feed.integrations.push(definition);
      else
        feeds.set(source, { name: nameOf(source as S, definition), source: source as S, integrations: [definition] });
    }
  }
  return [...feeds.values()];
}
