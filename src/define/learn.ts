import type { Duration } from "../model/duration.ts";
import type { AnswerToClassify } from "./classify.ts";

/** What an answer says of how much the system still takes. All of it can only make stricter what is declared. */
export interface Learnt {
  /** So many calls are left until it resets; 0 leaves the system alone until then. Only with `resets`. */
  left?: number | undefined;
  /** When more is to be had: at a time, or after a while. */
  resets?: Date | Duration | undefined;
  /** Leave the system alone at once: until then, or for so long. */
  stop?: Date | Duration | undefined;
}

/**
 * What an answer teaches, where it stands in no header that Waybill reads by itself. `undefined` when it says nothing.
 *
 * @example
 * const learn: Learn = ({ body }) => {
 *   const { quota } = Quota.parse(body);
 *   return { left: quota.left, resets: new Date(quota.resetsAt) };
 * };
 */
export type Learn = (answer: AnswerToClassify) => Learnt | undefined;
