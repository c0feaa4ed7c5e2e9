import {
  checkBoolean,
  checkOneOf,
  checkOptions,
  checkText,
  checkWhole,
  type Declared,
  refuse,
  shown,
} from "../model/options.ts";

// How an API says that there is more. Written as data, so that one walker (pages.ts) serves every API, and so that "is there more?" is read from
// the whole answer: a schema in `expect` may well leave out the field that says so.

/** Where something stands in JSON: `"paging.next.after"`, or a list where a name holds a dot. `*` is whatever stands there: an item, any field. */
export type Path = string | readonly string[];

interface Anyhow {
  /** Sent with the first page where the request does not say otherwise: `{ "page[size]": "100" }`. */
  readonly start?: Readonly<Record<string, string>>;
}

/**
 * - `token`: the answer holds a token for the next page; it goes into `param`, in the body where the request has one, else in the query.
 * - `last`: the next page begins after the last item of this one; `more` says whether there is one.
 * - `link`: a `Link` header with `rel="next"` (RFC 8288).
 * - `url`: the answer holds the address of the next page. It may only lead to the system itself. `always`: the field stands in every page, so one
 *   without it is no page.
 * - `rel`: the answer holds a list of links, of which the one with `"rel": "next"` has the address in `href`.
 * - `number`: pages are numbered; the end is at the `last` that the answer tells, else at a page without items.
 * - `offset`: so many items are skipped; the end is at the `total` that the answer tells, else at a page without items.
 * - `statement`: the position stands in a query language, in `param`: `… STARTPOSITION 101 MAXRESULTS 100`.
 */
export type Pagination = Anyhow & ByPagination;

type ByPagination =
  | { readonly by: "token"; readonly at: Path; readonly param: Path; readonly more?: Path }
  | { readonly by: "last"; readonly items: Path; readonly field: Path; readonly param: Path; readonly more: Path }
  | { readonly by: "link" }
  | { readonly by: "url"; readonly at: Path; readonly more?: Path; readonly always?: boolean }
  | { readonly by: "rel"; readonly at: Path }
  | { readonly by: "number"; readonly param: Path; readonly items: Path; readonly first?: number; readonly last?: Path }
  | { readonly by: "offset"; readonly param: Path; readonly items: Path; readonly total?: Path }
  | { readonly by: "statement"; readonly param: string; readonly items: Path; readonly most: number };

type Names = Readonly<Record<string, true>>;

const known: Readonly<Record<Pagination["by"], Names>> = {
  token: { by: true, start: true, at: true, param: true, more: true },
  last: { by: true, start: true, items: true, field: true, param: true, more: true },
  link: { by: true, start: true },
  url: { by: true, start: true, at: true, more: true, always: true },
  rel: { by: true, start: true, at: true },
  number: { by: true, start: true, param: true, items: true, first: true, last: true },
  offset: { by: true, start: true, param: true, items: true, total: true },
  statement: { by: true, start: true, param: true, items: true, most: true },
};
const optional: Names = { start: true, more: true, always: true, first: true, last: true, total: true };
/** Of a `last`, `more` is what tells the end. */
const neededOf = (by: Pagination["by"]): readonly string[] =>
  Object.keys(known[by]).filter((name) => !optional[name] || (by === "last" && name === "more"));

/** Refuses what is no way of paging, with the name that was probably meant. */
export function checkPagination(
  thing: Declared,
  pagination: unknown,
  part = "pagination",
): asserts pagination is Pagination {
  if (typeof pagination !== "object" || pagination === null || Array.isArray(pagination)) {
    refuse(thing, `${part} is ${shown(pagination)}, and an object is expected.`, 'Such as { by: "link" }.');
  }
  const given = pagination as Readonly<Record<string, unknown>>;
  checkOneOf(thing, `${part}.by`, given.by, Object.keys(known));
  const by = given.by as Pagination["by"];
  checkOptions(thing, given, known[by], part);
  for (const name of neededOf(by)) {
    if (given[name] === undefined)
      refuse(thing, `"${part}.${name}" is missing.`, `by: "${by}" needs ${neededOf(by).slice(1).join(", ")}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (name === "by" || value === undefined) continue;
    if (name === "first") checkWhole(thing, `${part}.first`, value, { min: 0, max: 1_000_000 });
    else if (name === "start") checkStart(thing, `${part}.start`, value);
    else if (name === "always") checkBoolean(thing, `${part}.always`, value);
    else if (name === "most") checkWhole(thing, `${part}.most`, value, { min: 1, max: 100_000 });
    else checkPath(thing, `${part}.${name}`, value);
  }
}

function checkStart(thing: Declared, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null)
    refuse(thing, `${name} is ${shown(value)}, and an object is expected.`);
  for (const [field, text] of Object.entries(value)) checkText(thing, `${name}.${field}`, text);
}

export function checkPath(thing: Declared, name: string, value: unknown): asserts value is Path {
  const parts = Array.isArray(value) ? value : [value];
  if (parts.length === 0) refuse(thing, `${name} is an empty list.`, 'Such as "paging.next.after".');
  for (const part of parts)
    checkText(thing, name, part, 'Such as "paging.next.after", or ["@odata.nextLink"] where a name holds a dot.');
}

/** The names that a path goes through. */
export function partsOf(path: Path): readonly string[] {
  return typeof path === "string" ? path.split(".") : path;
}

/** Everything that stands at a path; `*` goes into each item of a list, or each field of an object. */
export function allAt(value: unknown, path: Path): readonly unknown[] {
  let found: readonly unknown[] = [value];
  for (const part of partsOf(path)) found = found.flatMap((one) => stepInto(one, part));
  return found;
}

/** The first thing that stands at a path and is not nothing. */
export function firstAt(value: unknown, path: Path): unknown {
  return allAt(value, path).find((one) => one !== undefined && one !== null);
}

function stepInto(value: unknown, part: string): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (part === "*") return Object.values(value);
  return Object.hasOwn(value, part) ? [(value as Readonly<Record<string, unknown>>)[part]] : [];
}
