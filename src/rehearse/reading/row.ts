import { canonicalJson, decodeJson, encodeJson } from "../../model/json.ts";
import type { Planned } from "../night/plan.ts";

/** What stands in a list stands some levels deeper than alone, and beside others. */
const depthMax = 50;
const lengthMax = 200_000;

/** A planned record as a row of a simulated source. */
export interface Row {
  readonly planned: Planned;
  /** As JSON: each copy is read from it. */
  readonly json: string;
  /** Its content, as the contract may find it again. */
  readonly content: string;
  /** As JSON too: what the source really showed, where its answer makes something else of it. */
  shown: string | undefined;
}

/** Undefined for what no API could list: no object, or one that nobody can read safely. */
export function rowOf(planned: Planned): Row | undefined {
  const { value } = planned;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  try {
    const json = encodeJson(value);
    if (json.length > lengthMax) return undefined;
    const content = canonicalJson(decodeJson(json, { depthMax }));
    return { planned, json, content, shown: undefined };
  } catch {
    return undefined;
  }
}

/** Undefined for what cannot be kept either. */
export function contentOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}
