import type { Duration } from "../model/duration.ts";
import type { OutcomeName } from "../model/outcome.ts";

/** An answer, as code of the user's own sees it. */
export interface AnswerToClassify {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON where it is JSON, else as text. */
  readonly body: unknown;
}

/**
 * What an answer means, when the usual reading of HTTP is wrong for this system. `undefined` leaves it to the usual reading.
 *
 * @example
 * // This API answers 200 with an error inside.
 * const classify: Classify = ({ body }) => (hasErrorCode(body, "BUSY") ? { outcome: "limited", after: "30s" } : undefined);
 */
export type Classify = (answer: AnswerToClassify) => OutcomeName | Classified | undefined;

export interface Classified {
  readonly outcome: OutcomeName;
  readonly why?: string;
  readonly after?: Duration;
  /** Only with `in-doubt`: another request with this key is under way there, or the same key will get this answer for ever. */
  readonly key?: "in-flight" | "spent";
}
