import type { Prepare } from "./cells.ts";

/** Asks for room and gives it back: what a commit needs, and nothing that stays. */
export function probing(prepare: Prepare): () => void {
  const ask = prepare("insert into payloads (payload, raw) values (0, zeroblob(32768))");
  const giveBack = prepare("delete from payloads where payload = 0");
  return () => {
    ask.run();
    giveBack.run();
  };
}
