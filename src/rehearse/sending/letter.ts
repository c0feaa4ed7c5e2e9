import type { Assembly } from "../../assembly/assembly.ts";
import type { Definition } from "../../define/integration.ts";
import { encodeJson } from "../../model/json.ts";
import { pushFeed } from "../../sources/feeds.ts";
import type { Item } from "../../sources/item.ts";
import { itemHandedIn } from "../../sources/push.ts";
import { seededRandom } from "../../world/random.ts";
import { brokenBytes } from "../data/messes/broken-body.ts";
import { between } from "../night/chance.ts";
import type { Planned } from "../night/plan.ts";
import type { Door } from "./door.ts";
import { type Expected, expectedOf } from "./expected.ts";
import { collecting, type TakenRecord } from "./taken.ts";

/** What the sender of a delivery hears, if anything. */
export type Heard =
  /** It need not send it again. */
  | { readonly kind: "taken"; readonly records: readonly TakenRecord[] }
  /** It is told that it will never be taken. */
  | {
      readonly kind: "refused";
      readonly status: number;
      /** As it is named to the sender; undefined where the sender wants no words. */
      readonly as: string | undefined;
      readonly records: readonly TakenRecord[];
    }
  /** It has to come again. */
  | { readonly kind: "again"; readonly status: number | undefined };

/** A delivery as it is sent: the same each time. */
export interface Letter {
  /** What is to become of it. */
  readonly expected: Expected;
  /** The source that it comes to, as the ledger names it; undefined where it is handed in. */
  readonly source?: string;
  /** @param nowMs on the clock of its sender. */
  send(to: Assembly, nowMs: number): Promise<Heard>;
}

/** A record that a program hands in. Undefined for what no program could. */
export function handedIn(definition: Definition, { value, tenant }: Planned): Letter | undefined {
  let item: Item;
  try {
    item = itemHandedIn(value);
  } catch {
    return undefined;
  }
  return {
    expected: { kind: "kept", items: [{ value: item.value }] },
    async send({ intake }) {
      try {
        const result = await intake.take(pushFeed(definition), [item], { tenant });
        const [record] = result.kind === "taken" ? (result.items[0] ?? []) : [];
        return record === undefined ? { kind: "again", status: undefined } : { kind: "taken", records: [record] };
      } catch {
        return { kind: "again", status: undefined };
      }
    },
  };
}

/** A body that is POSTed to a webhook: what the server calls is called, with the bytes as they came. Undefined for what no JSON can say. */
export function posted(
  door: Door,
  seed: number,
  { value, beside = [], tenant, nth, body: mess }: Planned,
): Letter | undefined {
  const { source, envelope, proof, names, address } = door;
  const id = `delivery-${seed}-${nth}`;
  let plain: string;
  try {
    const body = envelope([value, ...beside]);
    // Where its sender names a delivery in the body, and the record is not the body itself.
    const named = names !== undefined && "field" in names && body !== value;
    plain = encodeJson(named ? { [names.field]: id, ...(body as object) } : body);
  } catch {
    return undefined;
  }
  const bytes =
    mess === undefined
      ? Buffer.from(plain)
      : brokenBytes(mess, plain, seededRandom(between(0, 0xffff_ffff, seed, "breaks", nth)));
  const path = source.path.replace(":tenant", () => tenant);
  const given = {
    "content-type": "application/json",
    ...(names !== undefined && "header" in names && { [names.header]: id }),
    ...mess?.headers,
  };
  return {
    source: `webhook:${source.path}`,
    expected: expectedOf(source, bytes.length, mess?.verdict ?? "same", plain),
    async send({ app }, nowMs) {
      const headers = { ...given, ...proof({ body: bytes, id, nowMs, tenant }) };
      const announced = { headers, query: "", remoteAddress: () => address };
      const records: TakenRecord[] = [];
      try {
        const answer = await collecting(records, async () =>
          app.webhook(path)?.(announced, async (most) =>
            bytes.length > most ? { kind: "too-large" } : { kind: "whole", bytes },
          ),
        );
        return heard(answer, records);
      } catch {
        return { kind: "again", status: undefined };
      }
    },
  };
}

function heard(
  answer: { readonly status: number; readonly body: string } | undefined,
  records: readonly TakenRecord[],
): Heard {
  const { status = 404, body = "" } = answer ?? {};
  if (status < 300) return { kind: "taken", records };
  if (status >= 500) return { kind: "again", status };
  const said = /"code":"([^"]*)"/.exec(body)?.[1];
  return { kind: "refused", status, as: said, records };
}
