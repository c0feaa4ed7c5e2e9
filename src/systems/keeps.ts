import type { Notice } from "../ledger/ledger.ts";
import type { Lends } from "./lends.ts";
import type { Span } from "./planned.ts";
import type { Reserve, Reserves } from "./reserve.ts";

/** Where a gate keeps what outlives the process. */
export interface Keeps {
  readonly tenant: string;
  readonly reserves: Reserves;
  /** Where workers share limits: they are lent to each. */
  readonly lends?: Lends | undefined;
  /** For one of many keys: short windows of all keys are claimed together. */
  readonly together?: ((name: string, span: Span) => Reserve) | undefined;
  /** Never rejects: a stop that cannot be written down holds here all the same. */
  readonly post: (notice: Extract<Notice, { post: "stop" | "lift" }>) => void | Promise<void>;
  /** Where workers share breakers: whether this one may probe. Never rejects. */
  readonly probe?: ((notice: Extract<Notice, { post: "probe" }>) => Promise<boolean>) | undefined;
  /** Lets records come now that were sent away until later. Never rejects: then they come when they were told to. */
  readonly callIn: (records: readonly string[]) => void;
}
