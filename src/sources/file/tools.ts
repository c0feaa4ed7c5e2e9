import type { CursorMove, Ledger } from "../../ledger/ledger.ts";
import type { Emit } from "../../model/events.ts";
import type { State } from "../../model/record.ts";
import type { World } from "../../world/transport.ts";
import type { Feed } from "../feeds.ts";
import type { Item } from "../item.ts";

/** Where the rows go: durable, together with the progress over them, once it resolves. */
export interface TakesRows {
  take(
    feed: Feed,
    items: readonly Item[],
    options: { readonly cursor: CursorMove | undefined },
  ): Promise<
    | { readonly kind: "taken"; readonly items: readonly (readonly { readonly state: State }[])[] }
    | { readonly kind: "cursor-moved" }
  >;
}

export interface FileTools {
  readonly ledger: Pick<Ledger, "cursor" | "setCursor" | "isSteward">;
  readonly intake: TakesRows;
  readonly world: Pick<World, "clock">;
  readonly emit: Emit;
  /** The project's: globs are relative to it. */
  readonly folder: string;
  /** Names the contracts that read what a feed brings: what they stopped is tried again under others. */
  readonly contracts: (feed: Feed) => string;
}

/** How far the file under way has been read, for people who wait. */
export interface FileProgress {
  readonly file: string;
  readonly bytes: number;
  readonly bytesRead: number;
  readonly rows: number;
  /** Rows that had been read before it was taken up this time. */
  readonly fromRows: number;
  readonly broken: number;
}

export type Taken =
  /** To its end, now or before. */
  | { readonly kind: "done"; readonly hash: string }
  /** A person is needed: the reason has been told. */
  | { readonly kind: "stopped"; readonly why: string }
  /** It changed while it was read: it is looked at again once it is still. */
  | { readonly kind: "changed" }
  /** Waybill stops, or somebody else reads it. */
  | { readonly kind: "left" };

export interface TakeControl {
  readonly isStopping: () => boolean;
  readonly onProgress: (progress: FileProgress) => void;
}
