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
