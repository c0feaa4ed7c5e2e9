import type { SystemState } from "../../systems/port.ts";
import type { SystemSeen } from "../rules/observation.ts";
import { Since } from "./since.ts";

/** How each system stands, and since when. */
export function watchSystems(): (states: readonly SystemState[], nowMs: number) => readonly SystemSeen[] {
  const open = new Since();
  const unauthorized = new Since();
  const nameOf = ({ name, tenant = "" }: SystemState): string => `${name}\n${tenant}`;
  return (states, nowMs) => {
    const since = open.look(states.filter(({ breaker }) => breaker !== "closed").map(nameOf), nowMs);
    unauthorized.look(states.filter(({ auth }) => auth === "unauthorized").map(nameOf), nowMs);
    return states.map((state) => ({
      ...state,
      openSinceMs: since.get(nameOf(state)),
      lastOpenMs: open.until(nameOf(state)),
      lastUnauthorizedMs: unauthorized.until(nameOf(state)),
      renews: state.renews !== false,
    }));
  };
}
