import { absurd } from "./absurd.ts";
import { breaker } from "./breaker.ts";
import { clock } from "./clock.ts";
import { dead } from "./dead.ts";
import { disk } from "./disk.ts";
import { drift } from "./drift.ts";
import { held } from "./held.ts";
import { lagging } from "./lagging.ts";
import { ledger } from "./ledger.ts";
import { orphaned } from "./orphaned.ts";
import { paused } from "./paused.ts";
import { quarantined } from "./quarantined.ts";
import { quota } from "./quota.ts";
import { refused } from "./refused.ts";
import { retrying } from "./retrying.ts";
import type { Rule } from "./rule.ts";
import { silent } from "./silent.ts";
import { source } from "./source.ts";
import { tenants } from "./tenants.ts";
import { token } from "./token.ts";
import { unauthorized } from "./unauthorized.ts";
import { unbalanced } from "./unbalanced.ts";
import { unsteady } from "./unsteady.ts";
import { volume } from "./volume.ts";
import { worker } from "./worker.ts";

/** Every rule. A new one is a file here, a name in model/alert.ts, and a line in this list. */
export const rules: readonly Rule[] = [
  dead,
  held,
  quarantined,
  retrying,
  lagging,
  refused,
  breaker,
  unauthorized,
  token,
  quota,
  absurd,
  source,
  orphaned,
  unsteady,
  paused,
  tenants,
  clock,
  worker,
  disk,
  ledger,
  unbalanced,
  silent,
  volume,
  drift,
];
