/**
 * What comes back from the ledger after a restart: JSON, with Date and bigint kept. A method is gone, and a class is a plain object. `effect`
 * gives this on the first run too, so that code which works once works always.
 */
export type Stored<T> = unknown extends T
  ? unknown
  : T extends string | number | boolean | bigint | null | undefined | Date
    ? T
    : T extends { toJSON(): infer J }
      ? Stored<J>
      : T extends (...args: never) => unknown
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: Stored<T[K]> }
          : T extends object
            ? { [K in keyof T as T[K] extends (...args: never) => unknown ? never : K]: Stored<T[K]> }
            : never;
