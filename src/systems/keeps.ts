import type { Notice } from "../ledger/ledger.ts";
import type { Keeping } from "./limits.ts";

/** Where a gate keeps what outlives the process. */
export interface Keeps extends Pick<Keeping, "tenant" | "reserves" | "together"> {
  /** Never rejects: a stop that cannot be written down holds here all the same. */
  readonly post: (notice: Extract<Notice, { post: "stop" | "lift" }>) => void;
  /** Lets records come now that were sent away until later. Never rejects: then they come when they were told to. */
  readonly callIn: (records: readonly string[]) => void;
}
