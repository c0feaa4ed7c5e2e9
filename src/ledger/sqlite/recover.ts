import type { Budgets } from "./budgets.ts";
import type { SqliteDesk } from "./sqlite-desk.ts";

/** What was in a worker's hands when it was lost goes back, due at once: an owner has no other self that could still be at work. */
export function recovering(desk: SqliteDesk, budgets: Pick<Budgets, "recover">): (nowMs: number) => number {
  const { prepare, due, timeline, tokens } = desk;
  const select = prepare("select key_hash, head from due where delivering = 1");
  const mark = prepare(
    "update records set recovered = recovered + 1, touched = 1, revision = revision + 1 where record = ?",
  );
  return (nowMs) => {
    budgets.recover(nowMs);
    tokens.recover();
    const lost = select.all() as [number, number][];
    for (const [keyHash, record] of lost) {
      const row = due.of(keyHash);
      if (row === undefined) throw new Error("a due row is gone while it is read");
      mark.run(record);
      due.later(row, nowMs, nowMs);
      timeline.add(record, [{ atMs: nowMs, what: "recovered", actor: undefined, detail: undefined }]);
    }
    return lost.length;
  };
}
