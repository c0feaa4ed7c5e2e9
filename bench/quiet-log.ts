import type { Emit } from "../src/model/events.ts";
export function quietLog(_folder: string): Emit {
  return () => undefined;
}
