import type { WebhookDefinition } from "../../define/source.ts";
import { encodeJson } from "../../model/json.ts";
import type { BodyVerdict } from "../data/messes/broken-body.ts";

// What the documents say is to become of a body (docs/sources.md, "Webhooks" and "The boundary"), found out without the code that decides it: a body is
// refused, and its sender told so, or each record in it is kept.

/** Why a body is refused, as its sender is told. */
export type RefusedAs = "unreadable" | "unsupported-type" | "too-large";

/** A record that is to be kept. */
export interface ExpectedItem {
  readonly value: unknown;
  /** Where it is no matter of the contract: why it has to be in the quarantine. */
  readonly cause?: "contract" | "contract-failed";
}

export type Expected =
  | { readonly kind: "refused"; readonly as: RefusedAs; readonly status: 400 | 413 | 415 }
  | { readonly kind: "kept"; readonly items: readonly ExpectedItem[] };

const depthMax = 64;
const keysMax = 100_000;

const refused = {
  unreadable: { kind: "refused", as: "unreadable", status: 400 },
  "unsupported-type": { kind: "refused", as: "unsupported-type", status: 415 },
  "too-large": { kind: "refused", as: "too-large", status: 413 },
} as const satisfies Record<RefusedAs, Expected>;

/**
 * What is to become of a body.
 *
 * @param verdict what its mess says; `same` for one that has none.
 * @param plain what stands in it without the mess, as JSON.
 */
export function expectedOf(
  source: Pick<WebhookDefinition, "bodyBytesMax" | "select" | "split">,
  length: number,
  verdict: BodyVerdict,
  plain: string,
): Expected {
  if (length > source.bodyBytesMax) return refused["too-large"];
  if (verdict === "unreadable" || verdict === "unsupported-type") return refused[verdict];
  const body = verdict === "twice" ? read(`[${plain},${plain}]`) : read(plain);
  const limits = limitsOf(body);
  if (limits === "over") return refused.unreadable;
  if (limits === "unsafe" || verdict === "unsafe") return kept([{ value: body, cause: "contract" }]);
  return kept(itemsIn(source, body));
}

const kept = (items: readonly ExpectedItem[]): Expected => ({ kind: "kept", items });

/** What the webhook's own functions find in it. */
function itemsIn(
  { select, split }: Pick<WebhookDefinition, "select" | "split">,
  body: unknown,
): readonly ExpectedItem[] {
  try {
    const selected = select === undefined ? body : select(body);
    if (selected === undefined) return [{ value: body, cause: "contract" }];
    if (split === undefined) return [{ value: again(selected) }];
    return split(selected).map((one) => ({ value: again(one) }));
  } catch {
    return [{ value: body, cause: "contract-failed" }];
  }
}

/** As a contract gets it: no two share an object. */
const again = (value: unknown): unknown => read(encodeJson(value));

/** Only where there are long numbers is there more to do than to parse it. */
function read(text: string): unknown {
  return /[\d.]{16}|\d[eE]/.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
}

/** A whole number beyond 2^53 is a bigint; what a double cannot hold stays as its digits. */
function exactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const digits = context?.source;
  if (typeof value !== "number" || digits === undefined) return value;
  if (/^-?\d+$/.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
  const length = digits.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "").length;
  const holds = Number.isFinite(value) && (length <= 15 || digits === String(value));
  return holds ? value : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);
}

/** Whether it is deeper or has more keys than is read, or a key that nobody can read safely. */
function limitsOf(body: unknown): "over" | "unsafe" | undefined {
  let level: readonly object[] = [body].filter(isContainer);
  let keys = 0;
  let isUnsafe = false;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax) return "over";
    for (const one of level) {
      if (Array.isArray(one)) continue;
      keys += Object.keys(one).length;
      isUnsafe ||= Object.hasOwn(one, "__proto__");
    }
    level = level.flatMap((one) => Object.values(one).filter(isContainer));
  }
  if (keys > keysMax) return "over";
  return isUnsafe ? "unsafe" : undefined;
}

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
