import type { LimitedCall } from "../define/limit.ts";
import type { AnyChange } from "../define/request.ts";

/** A call as its limits see it. */
export function limitedCall(change: AnyChange, caller: string, record: unknown, tenant?: string): LimitedCall {
  if (change.how === "perform") return { method: "PERFORM", path: "", json: change.request, record, caller, tenant };
  const [path = ""] = change.path.split("?", 1);
  return { method: change.method, path, json: change.json, record, caller, tenant };
}
