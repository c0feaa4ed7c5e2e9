import { userInfo } from "node:os";
import type { Person } from "../flow/inboxes.ts";
import { WaybillError } from "../model/errors.ts";

export interface PersonOptions {
  readonly why?: string;
  readonly actor?: string;
}

/** Who does it, and why. */
export function personFrom(options: PersonOptions): Person {
  return { actor: options.actor ?? userName(), why: options.why };
}

/** The same, where a reason is asked for. @throws {WaybillError} `bad-usage` without one. */
export function personWithReason(options: PersonOptions, what: string): Person & { readonly why: string } {
  const { actor, why } = personFrom(options);
  if (why !== undefined && why.trim() !== "") return { actor, why };
  throw new WaybillError(
    "bad-usage",
    `${what} asks for a reason.`,
    'Say it with --why "…": it is kept with your name.',
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
