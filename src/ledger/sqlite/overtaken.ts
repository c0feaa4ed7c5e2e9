import type { Desk } from "./desk.ts";

/** As many as a person reads. */
const namedMax = 10;

/** Newer records of a key that were delivered, or are being delivered: a record that goes now goes after them. */
export function overtaking(desk: Desk): (keyHash: number, record: number) => readonly number[] {
  const { prepare, due } = desk;
  const delivered = prepare(
    "select record from records where record > ? and key_hash = ? and state = 'delivered' order by record limit ?",
  );
  return (keyHash, record) => {
    const found = delivered.all(record, keyHash, namedMax).map(([newer]) => newer as number);
    const row = due.of(keyHash);
    return row?.delivering === true && row.head > record ? [...found, row.head] : found;
  };
}
