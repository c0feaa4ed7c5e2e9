// What one attempt at a request came to. Nobody outside systems/ looks at an HTTP status to decide what to do.

export const outcomeNames = [
  "done",
  "pending",
  "failed-retryable",
  "failed-permanent",
  "limited",
  "unavailable",
  "unauthorized",
  "in-doubt",
] as const;

export type OutcomeName = (typeof outcomeNames)[number];

/** An HTTP answer as far as it was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, capped; undefined when it could not be read whole. */
  readonly text: string | undefined;
}

/** Whether bytes of the request may have left this machine. */
export type Sent = "no" | "maybe";

interface Attempted {
  readonly sent: Sent;
  readonly durationMs: number;
  readonly answer?: Answer | undefined;
}

/**
 * - `done`: the destination did it; `value` is the answer after `expect` (or the raw JSON when there is none).
 * - `done` with `unexpected`: it did it, but the answer breaks `expect`: applied, never sent again, held for a person.
 * - `pending`: it accepted it and works on it; ask again after `afterMs`.
 * - `limited`: 429 and its kin; not applied. `afterMs` when the answer said so.
 * - `unavailable`: nothing was sent or the system said 503 with Retry-After; not applied.
 * - `in-doubt`: it may have been applied. Only a write can be in doubt.
 */
export type Outcome<T = unknown> = Attempted &
  (
    | { readonly name: "done"; readonly value: T; readonly unexpected?: string | undefined }
    | { readonly name: "pending"; readonly why: string; readonly afterMs: number | undefined }
    | { readonly name: "failed-retryable"; readonly why: string }
    | {
        readonly name: "failed-permanent";
        readonly why: string;
        /** Of a read: where the answer sends it on within its host. */
        readonly movedTo?: string;
      }
    | { readonly name: "limited"; readonly why: string; readonly afterMs: number | undefined }
    | { readonly name: "unavailable"; readonly why: string; readonly afterMs: number | undefined }
    | { readonly name: "unauthorized"; readonly why: string }
    | {
        readonly name: "in-doubt";
        readonly why: string;
        /** Another request with this key is in flight at the destination: wait and repeat, never a new key. */
        readonly keyInFlight?: boolean;
        /** The destination replays a stored failure under this key: repeating cannot help any more. */
        readonly replayedFailure?: boolean;
      }
  );
