/** Some text in a file under `src/`, and what stands there in its place. */
export interface Replacement {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A wrong patch of Waybill itself: one mistake. */
export interface Patch extends Replacement {
  /** Names it, in kebab-case. */
  readonly name: string;
  /** What is wrong, in one plain sentence. */
  readonly what: string;
  /** The same mistake in other places: what is checked in several has to be forgotten in all of them. */
  readonly also?: readonly Replacement[];
  /** The promise that it breaks. */
  readonly loses: string;
  /** It is about reading sources: then polls are rehearsed. */
  readonly reads?: true;
  /** It is about bodies: then webhooks are rehearsed. */
  readonly bodies?: true;
}
