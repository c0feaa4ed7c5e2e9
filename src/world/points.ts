/** Moments between which a crash matters. Tests stop the process at them; in production passing one costs a call of an empty function. */
export type Point =
  | "before-intake-commit"
  | "before-acknowledgement"
  | "before-send"
  | "after-send"
  | "after-answer"
  | "before-settlement";

export type Passing = (point: Point) => void;
