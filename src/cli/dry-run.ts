import type { Assembly } from "../assembly/assembly.ts";
import type { Definition, Delivery, EffectOptions } from "../define/definition.ts";
import type { AnyChange, GatheredChange, Read } from "../define/request.ts";
import { isGathered } from "../flow/member.ts";
import { callMadeBy } from "../flow/shared-call.ts";
import { answerStandIn, anything, resultSchemaOf } from "../flow/stand-in.ts";
import { said } from "../model/errors.ts";
import type { StoredRequest } from "../systems/port.ts";
import { sampleOf } from "./sample.ts";

/** An effect as `deliver` asked for it, and the request that it would send. */
export interface AskedEffect {
  readonly name: string;
  readonly change: AnyChange;
  /** It goes with those of other records: `change` is the call for it alone. */
  readonly gathered?: GatheredChange | undefined;
  readonly per: "record" | "entity";
  readonly request: StoredRequest | undefined;
  /** What was handed back, since nothing was sent. */
  readonly answered: "a sample" | "anything";
  /** What undoes it, in words. */
  readonly undo?: string | undefined;
}

export interface DryRun {
  readonly effects: readonly AskedEffect[];
  readonly calls: readonly { readonly request: string }[];
  /** What `deliver` threw, in words. */
  readonly threw: string | undefined;
}

/** The request that would undo an effect of this result. */
function undoText(options: EffectOptions<never> | undefined, value: unknown): string | undefined {
  const undo = options?.undo as ((result: unknown) => unknown) | undefined;
  if (undo === undefined) return undefined;
  try {
    const change = undo(value) as AnyChange;
    return change.how === "http" ? `${change.method} ${change.path} of ${change.system.name}` : change.system.name;
  } catch (error) {
    return `its undo, which threw: ${said(error)}`;
  }
}

const longestMs = 10_000;

/** Runs `deliver` without a world: effects and calls are noted, and answered by samples shaped to what they expect. Sends nothing, stores nothing. */
export async function dryRun(
  assembly: Assembly,
  definition: Definition,
  record: unknown,
  of?: string,
): Promise<DryRun> {
  const tenant = await tenantFor(assembly, definition, of);
  const effects: AskedEffect[] = [];
  const calls: { request: string }[] = [];
  const { systems, world } = assembly;
  const controller = new AbortController();
  const answer = (change: AnyChange, name: string): { value: unknown; how: AskedEffect["answered"] } => {
    const expect = resultSchemaOf(change);
    const sample = expect === undefined ? undefined : sampleOf(expect, "output");
    return sample === undefined ? { value: anything(name), how: "anything" } : { value: sample, how: "a sample" };
  };
  const tools: Delivery = {
    tenant,
    async effect<T>(name: string, asked: unknown, options?: EffectOptions): Promise<T> {
      const gathered = isGathered(asked) ? asked : undefined;
      const change = gathered === undefined ? (asked as AnyChange) : callMadeBy(gathered, [gathered.item]);
      const { value, how } =
        gathered === undefined ? answer(change, name) : { value: anything(name), how: "anything" as const };
      const request = systems.prepare(change, "<idempotency-key>");
      const per = options?.per ?? "record";
      effects.push({ name, change, gathered, per, request, answered: how, undo: undoText(options, value) });
      return value as T;
    },
    async effects(name, items, batch) {
      if (items.length === 0) return [];
      const carried = items.slice(0, batch.size ?? 100);
      const change = batch.change(carried) as unknown as AnyChange;
      const request = systems.prepare(change, "<idempotency-key>");
      effects.push({ name: `${name}#1`, change, per: "record", request, answered: "anything" });
      return items.map((item) => anything(batch.name(item)) as never);
    },
    call: async <T>(read: Read<T>): Promise<T> => {
      const change = read as unknown as AnyChange;
      calls.push({
        request:
          change.how === "http" ? `${change.method} ${change.path} of ${change.system.name}` : change.system.name,
      });
      return answerStandIn(change, answer(change, "answer").value) as T;
    },
    now: () => world.clock.now(),
    uuid: () => "00000000-0000-8000-8000-000000000000",
    signal: controller.signal,
    record: "dry-run",
    run: 1,
  };
  let cancel = (): void => undefined;
  const late = new Promise<string>((resolve) => {
    cancel = world.clock.after(longestMs, () => resolve(`deliver did not end within ${longestMs / 1_000} s`));
  });
  const delivered = (async () => definition.deliver(record, tools))().then(
    () => undefined,
    (error: unknown) => said(error),
  );
  const threw = await Promise.race([delivered, late]);
  cancel();
  controller.abort();
  return { effects, calls, threw };
}

/** The tenant named, or the first of the list, or a stand-in where there is no list to be had. */
async function tenantFor({ tenants }: Assembly, { per }: Definition, id: string | undefined): Promise<unknown> {
  if (per === undefined) return undefined;
  const ids = id === undefined ? await tenants.ids(per.name).catch(() => []) : [id];
  const found = ids[0] === undefined ? undefined : await tenants.find({ of: per.name, id: ids[0] });
  return found === undefined ? anything("tenant") : found.value;
}
