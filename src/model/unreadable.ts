import { WaybillError } from "./errors.ts";

/**
 * Why JSON was not taken. The last two can be read, but not safely: JSON allows them and readers disagree about what they mean.
 *
 * - `duplicate-key`: one reader takes the first, another the last; a checked value and a used one could differ.
 * - `proto-key`: a key `__proto__` changes the prototype of whatever it is copied into by assignment.
 */
export type JsonFlaw =
  | "too-large"
  | "unknown-charset"
  | "invalid-bytes"
  | "syntax"
  | "too-deep"
  | "too-many-keys"
  | "long-number"
  | "duplicate-key"
  | "proto-key";

/** JSON that is not taken: which flaw, and where it stands as far as that is known. */
export class UnreadableJson extends WaybillError {
  readonly flaw: JsonFlaw;
  /** Dotted path of the flaw, `""` when it has none. */
  readonly path: string;

  constructor(flaw: JsonFlaw, message: string, hint?: string, path = "") {
    super(flaw === "too-large" ? "too-large" : "unreadable", message, hint);
    this.flaw = flaw;
    this.path = path;
  }

  /** It can be read, but not safely: nothing is lost by keeping it for a person. */
  get readable(): boolean {
    return this.flaw === "duplicate-key" || this.flaw === "proto-key";
  }
}
