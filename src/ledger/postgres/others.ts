import { alerts, forgetAlerts, putAlerts } from "./alerts.ts";
import { balance, tallies, unsettled } from "./balance.ts";
import { budgets, reserve } from "./budgets.ts";
import { calls, logCalls } from "./calls.ts";
import { cursor, setCursor } from "./cursors.ts";
import { count, find } from "./find.ts";
import { forget } from "./forget.ts";
import { cohort, deeds, history, keepHistory } from "./history.ts";
import { inbox } from "./inbox.ts";
import { journal } from "./journal.ts";
import { keepLearnt, learnt } from "./learnt.ts";
import { measures } from "./measures.ts";
import { bulletin, post } from "./notices.ts";
import type { Others } from "./other.ts";
import { outbox } from "./outbox.ts";
import { overview } from "./overview.ts";
import { isOwned, probe } from "./probe.ts";
import { prunable, prune } from "./prune.ts";
import { refusals, refuse } from "./refusals.ts";
import { risks } from "./risks.ts";
import { rules } from "./rules.ts";
import { sharedCall } from "./shared-calls.ts";
import { sight, sightings } from "./sightings.ts";
import { stepToken, tokens } from "./tokens.ts";
import { entityEffects, record } from "./whole.ts";

export type { Here, Other } from "./other.ts";

/** What does not go through the desk: reads, and writes that touch no queue. Each is one transaction of its own, beside the batches of the work. */
export const others: Others = {
  alerts,
  balance,
  budgets,
  bulletin,
  calls,
  cohort,
  count,
  cursor,
  deeds,
  entityEffects,
  find,
  forget,
  forgetAlerts,
  history,
  inbox,
  isOwned,
  journal,
  keepHistory,
  keepLearnt,
  learnt,
  logCalls,
  measures,
  outbox,
  overview,
  post,
  probe,
  prunable,
  prune,
  putAlerts,
  record,
  refusals,
  refuse,
  reserve,
  risks,
  rules,
  setCursor,
  sharedCall,
  sight,
  sightings,
  stepToken,
  tallies,
  tokens,
  unsettled,
};
