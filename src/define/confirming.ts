/** What is known of an acceptance beside the answer itself. */
export interface Acceptance {
  /** The `Location` header, where the answer had one. */
  readonly location: string | undefined;
  readonly status: number | undefined;
}

/** What stands behind a change that is confirmed. */
export interface Confirming {
  readonly everyMs: number;
  readonly withinMs: number;
  readonly check: (accepted: unknown, acceptance: Acceptance) => unknown;
  readonly read: ((job: unknown) => unknown) | undefined;
}

/** Without anything said, a job is asked for this often. */
export const everyDefault = "5s";
