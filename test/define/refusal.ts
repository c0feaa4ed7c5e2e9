import assert from "node:assert/strict";
import { test } from "node:test";
import { WaybillError } from "../../src/model/errors.ts";

/** One mistake in a definition: the code that makes it, and what the complaint and its hint must say. */
export interface Mistake {
  readonly name: string;
  readonly made: () => unknown;
  readonly says: string;
  readonly hints?: string;
}

/** A test for each mistake: it is refused at once, in these words. */
export function refuses(mistakes: readonly Mistake[], code = "bad-definition"): void {
  for (const { name, made, says, hints } of mistakes) {
    test(`${name} is refused at once`, () => {
      assert.throws(made, (thrown) => {
        assert.ok(thrown instanceof WaybillError, String(thrown));
        assert.equal(thrown.message, says);
        if (hints !== undefined) assert.ok(thrown.hint?.includes(hints), `the hint is: ${thrown.hint}`);
        assert.equal(thrown.code, code);
        return true;
      });
    });
  }
}

/** A value that the types would refuse: whoever writes JavaScript can give it all the same. */
export function wrong(value: unknown): never {
  return value as never;
}

/** The same, where the type has to be named. */
export function seenAs<T>(value: unknown): T {
  return value as T;
}
