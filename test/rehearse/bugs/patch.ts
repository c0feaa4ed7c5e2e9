/** A wrong patch of Waybill itself: one mistake in one file under `src/`, put in by replacing a text that stands there exactly once. */
export interface Patch {
  /** Names it, in kebab-case. */
  readonly name: string;
  /** What is wrong, in one plain sentence. */
  readonly what: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The promise that it breaks. */
  readonly loses: string;
  /** It is about reading sources: then polls are rehearsed. */
  readonly reads?: true;
  /** It is about bodies: then webhooks are rehearsed. */
  readonly bodies?: true;
}
