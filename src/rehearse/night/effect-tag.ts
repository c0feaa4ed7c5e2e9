import type { Batch } from "../../define/batch.ts";
import type { Delivery, Integration } from "../../define/definition.ts";
import type { AnyChange, AskedChange, GatheredChange, HttpChange } from "../../define/request.ts";

// Which effect a request is of, as the destination's books of a rehearsal need it: told from what user code asked for, and not from what Waybill sends, whose
// keys and names are what is put to the test.

export interface EffectTag {
  readonly integration: string;
  readonly tenant: string;
  readonly record: string;
  readonly entity: string;
  readonly key: string;
  readonly effect: string;
  readonly per: "record" | "entity";
}

const tags = Symbol("waybill.rehearsed");
const gathered = Symbol("waybill.gathered");

/** One effect, whoever asks for it. */
export function subjectOf({ integration, tenant, record, entity, effect, per }: EffectTag): string {
  return JSON.stringify([integration, tenant, per, per === "entity" ? entity : record, effect]);
}

/** Which effects a change makes: several, where a call carries several. */
export function tagsOf(change: unknown): readonly EffectTag[] {
  return (change as { readonly [tags]?: readonly EffectTag[] } | undefined)?.[tags] ?? [];
}

/** Of a call for several records: whose effects each call of its batch carries that the code made, by its body. */
export function callsOf(change: unknown): ReadonlyMap<string, readonly EffectTag[]> | undefined {
  return (change as { readonly [gathered]?: ReadonlyMap<string, readonly EffectTag[]> } | undefined)?.[gathered];
}

/** What an effect is called now, and what it was called before, where the code says so. */
export type NameOf = (name: string) => { readonly name: string; readonly formerly?: string };

/** What a run asked for. */
export interface Asked {
  onRun(record: string): void;
  onEffect(tag: EffectTag): void;
  /** Whose effects a call for several records carries, by its body: each that any process of the night has made. */
  readonly calls: Map<string, readonly EffectTag[]>;
  /** What an effect is called by the release that runs. */
  readonly nameOf: NameOf;
  /** Makes a change simulated, where code of the user's own makes it. */
  prepare(change: AnyChange, tags: readonly EffectTag[]): AnyChange;
}

type GatheredBatch = GatheredChange["batch"];

/** The same integration, whose effects say whose they are. */
export function tagged<I extends Integration>(integration: I, asked: Asked): I {
  const { definition } = integration;
  const { per } = definition;
  const gathering = new Gathering(asked);

  const deliver = (record: unknown, tools: Delivery): Promise<void> => {
    const { id, entity = id, key = entity } = definition.identify(record);
    const tenant = per === undefined ? "" : String(per.id(tools.tenant));
    const own = { integration: definition.name, tenant, record: tools.record, entity, key };
    asked.onRun(tools.record);

    function effect(name: string, change: AskedChange, options?: { readonly per?: "record" | "entity" }): unknown {
      const tag: EffectTag = { ...own, effect: name, per: options?.per ?? "record" };
      asked.onEffect(tag);
      const made = change.how === "gathered" ? gathering.one(change, tag) : withTags(change, [tag], asked);
      const { name: called, ...renamed } = asked.nameOf(name);
      return tools.effect(called, made as never, { ...options, ...renamed } as never);
    }

    function effects(name: string, items: readonly unknown[], batch: Batch<unknown, unknown, unknown>): unknown {
      const tagOf = (item: unknown): EffectTag => ({
        ...own,
        effect: `${name}/${batch.name(item)}`,
        per: "record",
      });
      if (Array.isArray(items)) for (const item of items) asked.onEffect(tagOf(item));
      const change = (some: readonly unknown[]): never =>
        withTags(batch.change(some) as unknown as AnyChange, some.map(tagOf), asked) as never;
      return tools.effects(name, items, { ...batch, change });
    }

    return definition.deliver(
      record,
      Object.create(tools, { effect: { value: effect }, effects: { value: effects } }) as Delivery,
    );
  };
  return { ...integration, definition: { ...definition, deliver } };
}

function withTags(change: AnyChange, of: readonly EffectTag[], { prepare }: Asked): AnyChange {
  return Object.assign(prepare(change, of), { [tags]: of });
}

/** Items of several records that go with each other: the call that carries them is told whose they are by the items that it is made from. */
class Gathering {
  readonly #asked: Asked;
  readonly #tags = new Map<unknown, EffectTag>();
  /** A batch is known by its identity: those who meet in it have to find the same one. */
  readonly #batches = new Map<GatheredBatch, GatheredBatch>();

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  one(change: GatheredChange, tag: EffectTag): GatheredChange {
    this.#tags.set(change.item, tag);
    const batch = this.#batches.get(change.batch) ?? this.#wrapped(change.batch);
    this.#batches.set(change.batch, batch);
    return { ...change, batch };
  }

  #wrapped(batch: GatheredBatch): GatheredBatch {
    const { calls } = this.#asked;
    const send = (items: readonly unknown[]): unknown => {
      const of = items.flatMap((item) => this.#tags.get(item) ?? []);
      const change = withTags(batch.send(items) as AnyChange, of, this.#asked);
      if (change.how === "http") calls.set(bodyOf(change), of);
      return Object.assign(change, { [gathered]: calls });
    };
    return { ...batch, send };
  }
}

/** The body that a change has when it is sent as it is. */
export function bodyOf({ hasJson, json, body }: HttpChange): string {
  return hasJson ? JSON.stringify(json) : String(body ?? "");
}
