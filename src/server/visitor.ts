import { harmless } from "../report/words.ts";

/** A viewer may look; an operator may change things as well. */
export type Role = "viewer" | "operator";

/** Who asks, and how that is known. */
export interface Visitor {
  readonly role: Role;
  /** As it stands in a record's timeline beside what was done. */
  readonly name: string;
  /** `machine`: without any token, by a connection of this machine. */
  readonly by: "token" | "session" | "proxy" | "machine";
}

/** How long a person's name may be, in characters. */
export const nameLengthMax = 100;

/** A person's name as it may stand beside what he did: on one line, nothing in it that turns the writing around, and no half of a character at its end. */
export function personName(text: string): string {
  return [...harmless(text)].slice(0, nameLengthMax).join("").trim();
}
