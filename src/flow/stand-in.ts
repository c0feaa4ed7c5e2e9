import type { AnyChange, AskedChange } from "../define/request.ts";
import type { AnySchema } from "../define/schema.ts";

/** An answer that stands for anything: every field of it is there, and reads as its own name in angle brackets. */
export function anything(name: string): unknown {
  const text = `<${name}>`;
  return new Proxy(() => undefined, {
    get: (_, property) => {
      if (property === "then") return undefined;
      if (property === Symbol.toPrimitive || property === "toString" || property === "toJSON" || property === "valueOf")
        return () => text;
      if (property === Symbol.iterator) return [][Symbol.iterator].bind([]);
      return typeof property === "symbol" ? undefined : anything(`${name}.${property}`);
    },
    apply: () => anything(`${name}()`),
  });
}

/** What `call` hands back where nothing is asked: to whoever walks a listing, its only page. */
export function answerStandIn(read: AnyChange, value: unknown): unknown {
  return read?.how === "http" && read.page !== undefined ? { value, next: undefined } : value;
}

/** The schema of what an effect results in, where one is declared: of the answer, or of its job's where that is the result. */
export function resultSchemaOf(change: AskedChange): AnySchema | undefined {
  // What one item's part of an answer has to be, no schema says.
  if (change.how === "gathered") return undefined;
  const { confirming } = change;
  if (confirming === undefined) return change.expect;
  return confirming.read === undefined ? jobCheckOf(change)?.expect : undefined;
}

/** The read that would ask for the job of a confirmed change, made from a stand-in for what was accepted. */
export function jobCheckOf({ confirming }: AnyChange): AnyChange | undefined {
  try {
    const known = { location: "<location>", status: 202 };
    return confirming?.check(anything("accepted"), known) as AnyChange | undefined;
  } catch {
    return undefined;
  }
}
