import type { OptionalSecret, Secret } from "./secret.ts";

type Scalar = string | number | boolean | bigint | undefined;

/** Fields of a query or a form. A list becomes several fields of one name; `undefined` none. */
export type Query = Readonly<Record<string, Scalar | Secret | readonly (string | number | boolean | bigint)[]>>;

/** Headers; `undefined` and an absent optional secret are left out. */
export type Headers = Readonly<Record<string, string | Secret | OptionalSecret | undefined>>;
