/** Something that `check` has to say. */
export interface Finding {
  readonly about: string;
  readonly problem: string;
  readonly hint: string;
}
