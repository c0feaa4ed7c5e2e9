/** Moments between which a crash matters. Tests stop the process at them; in production passing one costs a call of an empty function. */
export type Point =
  | "before-intake-commit"
  | "before-acknowledgement"
  | "before-send"
  | "after-send"
  | "after-answer"
  | "before-settlement";

/** The same for the refresh of a token: its intent is on disk; it was answered; what was given is on disk. */
export type RefreshPoint = "before-refresh" | "after-refresh-answer" | "after-refresh-saved";

export type Passing = (point: Point | RefreshPoint) => void;
