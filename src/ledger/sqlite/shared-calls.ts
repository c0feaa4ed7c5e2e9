import type { SharedCalls } from "../desk/keepers.ts";
import { recordId, recordNumber } from "../desk/numbers.ts";
import type { SharedCall } from "../ledger.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";

/** Reads a call that carries effects of several records. */
export function readingSharedCalls(prepare: Prepare): (key: string) => SharedCall | undefined {
  const find = prepare(
    `select key, request, state, how, result, answer, why, first_sent, last_sent, records from shared_calls where key = ?`,
  );
  return (key) => {
    const row = find.get(key);
    return row === undefined ? undefined : callOf(row);
  };
}

function callOf(row: Cell[]): SharedCall {
  return {
    key: row[0] as string,
    request: row[1] as string,
    state: row[2] as SharedCall["state"],
    how: row[3] as SharedCall["how"],
    result: value<string>(row[4]),
    answer: value<string>(row[5]),
    why: value<string>(row[6]),
    firstSentMs: row[7] as number,
    lastSentMs: row[8] as number,
    records: (JSON.parse(row[9] as string) as number[]).map(recordId),
  };
}

/** Writes it. */
export function keepSharedCalls(prepare: Prepare): SharedCalls {
  const put = prepare(
    `insert into shared_calls (key, request, state, how, result, answer, why, first_sent, last_sent, records)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict do update set request = excluded.request, state = excluded.state, how = excluded.how, result = excluded.result,
       answer = excluded.answer, why = excluded.why, first_sent = excluded.first_sent, last_sent = excluded.last_sent,
       records = excluded.records`,
  );
  const remove = prepare("delete from shared_calls where key = ?");
  return {
    put(call) {
      put.run(
        call.key,
        call.request,
        call.state,
        call.how,
        cell(call.result),
        cell(call.answer),
        cell(call.why),
        call.firstSentMs,
        call.lastSentMs,
        JSON.stringify(call.records.map(recordNumber)),
      );
    },
    remove(key) {
      remove.run(key);
    },
  };
}
