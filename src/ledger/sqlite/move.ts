import type { Move, MoveResult } from "../ledger.ts";
import type { Desk } from "./desk.ts";
export function moving(desk: Desk): (move: Move) => MoveResult {
  void desk;
  return () => ({ kind: "unknown" });
}
