import type { Patch } from "./patch.ts";

/** Wrong patches of Waybill itself, devised by those who wrote the rehearsal. */
export const patches: readonly Patch[] = [];
