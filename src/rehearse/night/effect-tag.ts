import type { Delivery, Integration } from "../../define/definition.ts";

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

const tag = Symbol("waybill.rehearsed");

/** One effect, whoever asks for it. */
export function subjectOf({ integration, tenant, record, entity, effect, per }: EffectTag): string {
  return JSON.stringify([integration, tenant, per, per === "entity" ? entity : record, effect]);
}

export function tagOf(change: unknown): EffectTag | undefined {
  return (change as { readonly [tag]?: EffectTag } | undefined)?.[tag];
}

/** What a run asked for. */
export interface Asked {
  onRun(record: string, run: number): void;
  onEffect(tag: EffectTag): void;
  /** Makes a change simulated, where code of the user's own makes it. */
  prepare(change: object, tag: EffectTag): object;
}

/** The same integration, whose effects say whose they are. */
export function tagged<I extends Integration>(integration: I, asked: Asked): I {
  const { definition } = integration;
  const { per } = definition;
  const deliver = (record: unknown, tools: Delivery): Promise<void> => {
    const { id, entity = id, key = entity } = definition.identify(record);
    const tenant = per === undefined ? "" : String(per.id(tools.tenant));
    const tagFor = (effect: string, per: "record" | "entity"): EffectTag => ({
      integration: definition.name,
      tenant,
      record: tools.record,
      entity,
      key,
      effect,
      per,
    });
    asked.onRun(tools.record, tools.run);
    const own = Object.create(tools, {
      effect: {
        value: (name: string, change: object, options?: { readonly per?: "record" | "entity" }) => {
          const of = tagFor(name, options?.per ?? "record");
          asked.onEffect(of);
          return tools.effect(name, Object.assign(asked.prepare(change, of), { [tag]: of }) as never, options as never);
        },
      },
    }) as Delivery;
    return definition.deliver(record, own);
  };
  return { ...integration, definition: { ...definition, deliver } };
}
