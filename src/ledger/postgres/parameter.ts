import { type ArrayType, arrayBytes } from "./array.ts";
import type { Cell, Value } from "./cells.ts";
import { toText } from "./text.ts";

/** A parameter as the driver takes it: bytes go as they are. */
export function toParameter(given: Value, type: ArrayType | undefined): unknown {
  if (typeof given === "string") return toText(given);
  if (Array.isArray(given) && type !== undefined) return arrayBytes(type, given as readonly (Cell | undefined)[]);
  if (Array.isArray(given)) return given.map((one: Value) => (typeof one === "string" ? toText(one) : (one ?? null)));
  return given ?? null;
}
