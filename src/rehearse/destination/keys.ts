import type { HttpChange } from "../../define/request.ts";
import { type Answered, refusal } from "./answered.ts";

// A destination that honours idempotency keys as it is declared: it finds the key where it was said to be, does a thing once for each key that it remembers,
// and answers again what it answered then.

interface Known {
  /** From then on it is forgotten. */
  readonly untilMs: number;
  readonly body: string;
  readonly answer: Answered;
}

export class Keys {
  readonly #known = new Map<string, Known>();

  /** Forgets what it has remembered for long enough. Answers how many keys that were. */
  forget(nowMs: number): number {
    let forgotten = 0;
    for (const [key, { untilMs }] of this.#known) {
      if (nowMs < untilMs) continue;
      this.#known.delete(key);
      forgotten += 1;
    }
    return forgotten;
  }

  /** Does it, or answers what was answered before. `windowMs` is how long this destination remembers. */
  once(
    key: string,
    { body, nowMs, windowMs }: { readonly body: string; readonly nowMs: number; readonly windowMs: number },
    work: () => Answered,
  ): Answered {
    const known = this.#known.get(key);
    if (known !== undefined)
      return known.body === body
        ? { ...known.answer, applied: false }
        : refusal(422, "this key came with another request before");
    const answer = work();
    // Where nothing was done, nothing is remembered.
    if (answer.applied) this.#known.set(key, { untilMs: nowMs + windowMs, body, answer });
    return answer;
  }
}

/** The key that a request carries, where its destination was declared to look for it; undefined when it carries none. */
export function keyIn(
  { idempotency }: HttpChange,
  request: { readonly headers: readonly string[]; readonly query: URLSearchParams; readonly body: unknown },
): string | undefined {
  if (idempotency.how !== "byKey") return undefined;
  if (idempotency.query !== undefined) return request.query.get(idempotency.query) ?? undefined;
  if (idempotency.body !== undefined) {
    const found = idempotency.body
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], request.body);
    return typeof found === "string" ? found : undefined;
  }
  const name = (idempotency.header ?? "Idempotency-Key").toLowerCase();
  const at = request.headers.findIndex((one, place) => place % 2 === 0 && one.toLowerCase() === name);
  return at < 0 ? undefined : request.headers[at + 1];
}
