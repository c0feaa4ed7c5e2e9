import type { Cell, Value } from "./cells.ts";

/** What is asked of a transaction here. */
interface Asked {
  rows(text: string, ...values: Value[]): Promise<Cell[][]>;
  run(text: string, ...values: Value[]): Promise<number>;
}

/** What a transaction writes about itself, so that it can be read whether it was committed. */
export interface Note {
  readonly worker: number;
  readonly slot: number;
  readonly number: number;
}

export async function noteDown(sql: Asked, { worker, slot, number }: Note): Promise<void> {
  await sql.run(
    `insert into waybill.commits (worker, slot, number) values ($1, $2, $3)
     on conflict (worker, slot) do update set number = excluded.number, at = excluded.at`,
    worker,
    slot,
    number,
  );
}

/** Whether a commit whose answer was lost was made. Writes the row as it is: a read would not wait for who is writing it. */
export async function wasCommitted(sql: Asked, { worker, slot, number }: Note): Promise<boolean> {
  const [row] = await sql.rows(
    `insert into waybill.commits (worker, slot, number) values ($1, $2, 0)
     on conflict (worker, slot) do update set number = commits.number returning number`,
    worker,
    slot,
  );
  return row?.[0] === number;
}
