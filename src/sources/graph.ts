import { decodeText } from "../model/charset.ts";
import { decodeJson, UnreadableJson } from "../model/json.ts";
import { type Delivery, isSameText, type SignatureProblem } from "./proof.ts";

/**
 * Microsoft Graph signs nothing: each notification repeats the `clientState` of its subscription. Every one of them has to, and there has to be one,
 * because one delivery may hold notifications of many subscriptions.
 */
export function verifyGraph({ body }: Delivery, clientStates: readonly string[]): SignatureProblem | undefined {
  const states = statesIn(body);
  if (states === undefined || states.length === 0) return "missing-credentials";
  if (states.some((state) => typeof state !== "string")) return "missing-credentials";
  const known = (states as string[]).every((state) => clientStates.some((one) => isSameText(state, one)));
  return known ? undefined : "wrong-credentials";
}

/** The `clientState` of each notification; undefined when the body holds no list of them. */
function statesIn(body: Uint8Array): readonly unknown[] | undefined {
  try {
    const value: unknown = decodeJson(decodeText(body), { bytesMax: Number.POSITIVE_INFINITY });
    const list = typeof value === "object" && value !== null && "value" in value ? value.value : undefined;
    return Array.isArray(list) ? list.map((one: { clientState?: unknown } | null) => one?.clientState) : undefined;
  } catch (error) {
    if (error instanceof UnreadableJson) return undefined;
    throw error;
  }
}
