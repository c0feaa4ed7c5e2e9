import type { Definition } from "../../define/integration.ts";
import { habitsOf } from "../../define/senders.ts";
import type { WebhookDefinition } from "../../define/source.ts";
import { type Envelope, envelopeOf } from "./envelope.ts";
import { type Proof, proofOf } from "./proof.ts";

/** A webhook to which a rehearsal can send as its sender would. */
export interface Door {
  readonly source: WebhookDefinition;
  readonly envelope: Envelope;
  readonly proof: Proof;
  /** The header or the field in which its sender names each delivery. */
  readonly names: { readonly header: string } | { readonly field: string } | undefined;
  /** Whoever sends there calls from this address. */
  readonly address: string | undefined;
}

/** How the deliveries of an integration come in. */
export interface Doors {
  readonly open: readonly Door[];
  /** Webhooks that nobody can send to, and why: their records are handed in. */
  readonly closed: ReadonlyMap<WebhookDefinition, string>;
  /** Some records are handed in. */
  readonly handsIn: boolean;
}

export function doorsOf({ sources }: Pick<Definition, "sources">): Doors {
  const open: Door[] = [];
  const closed = new Map<WebhookDefinition, string>();
  for (const source of sources) {
    if (source.kind !== "webhook") continue;
    const door = doorOf(source);
    if (typeof door === "string") closed.set(source, door);
    else open.push(door);
  }
  const others = sources.some(({ kind }) => kind === "push" || kind === "file");
  return { open, closed, handsIn: others || closed.size > 0 || open.length === 0 };
}

function doorOf(source: WebhookDefinition): Door | string {
  if (source.load !== undefined) return "what comes there is a notice, and its records are loaded";
  if (source.tenant !== undefined) return "whose a delivery is, only its content says";
  const envelope = envelopeOf(source);
  if (envelope === undefined) return "nobody can tell what its sender puts around a record";
  const proof = proofOf(source.verify);
  if (typeof proof === "string") return proof;
  const address = source.from?.[0]?.replace(/\/\d+$/, "");
  return { source, envelope, proof, names: habitsOf(source.verify).delivery, address };
}
