/** What the timeline of a record stores: what failed and what persons did. The rest (received, first success) is derived from its rows. */
export type TimelineWhat =
  | "attempt-failed"
  | "lookup-failed"
  | "run-failed"
  | "recovered"
  | "steady-warning"
  | "quarantined"
  | "dead"
  | "held"
  | "superseded"
  | "released"
  | "rechecked"
  | "edited"
  | "replayed"
  | "resolved"
  | "redone"
  | "discarded"
  | "ended";
