import type { AnyChange, HttpChange } from "../../define/request.ts";
import type { Applied } from "./applied.ts";
import type { Diary } from "./diary.ts";
import type { EffectTag } from "./effect-tag.ts";

/** What was really done, as the books of the night and its story get it. */
export interface Deeds {
  /** By a simulated system. */
  onApplied(tags: readonly EffectTag[], change: HttpChange): void;
  /** By code of the user's own. */
  onPerformed(tags: readonly EffectTag[], how: AnyChange["idempotency"]["how"]): void;
}

export function deedsIn(applied: Applied, diary: Diary): Deeds {
  return {
    onApplied(tags, { idempotency, method, path }) {
      for (const tag of tags) {
        const times = applied.note(tag, idempotency.how);
        if (method === "POST" && idempotency.how === "natural" && times > 1)
          diary.count(`natural POST again: ${tag.effect}`);
        diary.say(`${method} ${path} is done: "${tag.effect}" of ${tag.entity}`, tag.record);
      }
    },
    onPerformed(tags, how) {
      diary.count("performed");
      for (const tag of tags) {
        applied.note(tag, how);
        diary.say(`"${tag.effect}" of ${tag.entity} is done`, tag.record);
      }
    },
  };
}
