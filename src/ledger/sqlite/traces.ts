import type { Traces } from "../desk/keepers.ts";
import { type Prepare, value } from "./cells.ts";

/** With which traces records came. */
export interface TraceRows extends Traces {
  of(record: number): string | undefined;
}

export function keepTraces(prepare: Prepare): TraceRows {
  const insert = prepare("insert into traces (record, traceparent) values (?, ?)");
  const select = prepare("select traceparent from traces where record = ?");
  return {
    keep: (record, traceparent) => void insert.run(record, traceparent),
    of: (record) => value<string>(select.get(record)?.[0]),
  };
}
