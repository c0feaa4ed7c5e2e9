import { WaybillError } from "../model/errors.ts";
import { checkOptions, checkWhole, declared, refuse, shown } from "../model/options.ts";
import { checkPagination, type Pagination, type Path, partsOf } from "./pagination.ts";
import type { HttpChange, NextPage, Page, Query, Read } from "./request.ts";
import type { Call } from "./source.ts";

export interface PagesOptions {
  /** How this API says that there is more; the system's, or its vendor's, by default. */
  pagination?: Pagination;
  /** More pages than these are an error, never a quiet end; 1,000 by default. */
  pagesMax?: number;
}

const known = { pagination: true, pagesMax: true } satisfies Record<keyof PagesOptions, true>;
const pagesThing = declared("pages()");

/**
 * Walks a listing to its end, page by page. A listing that does not reach its end throws: one that comes back to a page it had, has more than
 * `pagesMax` pages, or answers something that does not say whether there is more. So what the loop has gone through is all there is.
 *
 * @param call the `call` of `deliver`, of a poll's `fetch`, or of a reconciliation.
 * @param read a `get` or `query` of a system whose vendor or `pagination` says how it pages. Each page is what its `expect` makes of it.
 * @throws {WaybillError} `listing-incomplete` as above; `bad-definition` when nobody said how it pages; and whatever `call` throws.
 * @example
 * const open = [];
 * for await (const page of pages(call, stripe.get("/v1/invoices", { query: { status: "open" }, expect: Invoices }))) open.push(...page.data);
 */
export async function* pages<T>(
  call: Call,
  read: Read<T>,
  options: PagesOptions = {},
): AsyncGenerator<T, void, undefined> {
  const { first, pagesMax } = checked(call, read, options);
  const what = `${first.method} ${first.path.split("?", 1)[0]} of ${first.system.name}`;
  const been = new Set<string>();
  let request = first;
  for (let count = 1; ; count++) {
    const answered = await call(request as unknown as Read<Page<T> | undefined>);
    // With orAbsent, there is no listing at all.
    if (answered === undefined) return;
    const { value, next } = answered;
    yield value;
    if (next === undefined) return;
    const place = JSON.stringify(next);
    if (been.has(place))
      throw incomplete(`${what}: page ${count} leads back to ${place.slice(0, 200)}, where it has been.`);
    been.add(place);
    if (count >= pagesMax) {
      throw incomplete(
        `${what}: there is more after ${pagesMax} pages.`,
        "Ask for larger pages, narrow the listing, or raise pagesMax.",
      );
    }
    request = pageAt(first, next);
  }
}

function incomplete(
  why: string,
  hint = "What the loop went through is not all there is: do not take it for the whole.",
): WaybillError {
  return new WaybillError("listing-incomplete", why, hint);
}

type Walked = HttpChange & { readonly page: NonNullable<HttpChange["page"]> };

function checked(call: unknown, read: unknown, options: PagesOptions): { first: Walked; pagesMax: number } {
  if (typeof call !== "function") {
    refuse(
      pagesThing,
      `its first argument is ${shown(call)}, and call is expected.`,
      "Such as pages(call, books.get(…)): call comes with fetch and deliver.",
    );
  }
  const request = read as Partial<HttpChange> | undefined;
  if (request?.how !== "http" || request.kind !== "read") {
    refuse(
      pagesThing,
      `its second argument is ${shown(read)}, and a request that changes nothing is expected.`,
      "Such as books.get(…) or books.query(…).",
    );
  }
  checkOptions(pagesThing, options, known);
  const pagesMax = options.pagesMax ?? 1_000;
  checkWhole(pagesThing, "pagesMax", pagesMax, { min: 1, max: 1_000_000 });
  if (options.pagination !== undefined) checkPagination(pagesThing, options.pagination);
  const change = request as HttpChange;
  const pagination = options.pagination ?? change.system.pagination;
  if (pagination === undefined) {
    refuse(
      pagesThing,
      `nobody said how "${change.system.name}" says that there is more.`,
      'Say it to the system or here: pagination: { by: "link" }, or { by: "token", at: "next", param: "cursor" }.',
    );
  }
  if (pagination.by === "statement") checkStatement(change.query?.[pagination.param]);
  return { first: firstPage(change, pagination), pagesMax };
}

function checkStatement(statement: unknown): void {
  if (typeof statement === "string" && /\b(?:startposition|maxresults)\b/i.test(statement)) {
    refuse(
      pagesThing,
      `the statement says already where it begins: ${shown(statement)}.`,
      "Leave STARTPOSITION and MAXRESULTS to pages().",
    );
  }
}

/** Pages that are counted name the first one too: some APIs do not page at all unless they are asked to. */
function firstPage(change: HttpChange, pagination: Pagination): Walked {
  const started = {
    ...change,
    query: { ...pagination.start, ...change.query },
    page: { pagination, at: firstAt(pagination) },
  };
  return pagination.by === "number" || pagination.by === "statement"
    ? pageAt(started, { set: firstAt(pagination) })
    : started;
}

function firstAt(pagination: Pagination): number {
  if (pagination.by === "number") return pagination.first ?? 1;
  return pagination.by === "statement" ? 1 : 0;
}

/** The same request for another page. */
function pageAt(first: Walked, next: NextPage): Walked {
  if ("to" in next) return { ...first, path: next.to, query: undefined };
  const { pagination } = first.page;
  const page = { pagination, at: typeof next.set === "number" ? next.set : first.page.at };
  if (pagination.by === "statement") return { ...positioned(first, pagination, next.set), page };
  if (!("param" in pagination)) return first;
  return { ...withParam(first, pagination.param, next.set), page };
}

/** In the body where the request has one, else in the query. */
function withParam(first: Walked, param: Path, value: string | number): Walked {
  const parts = partsOf(param);
  if (first.hasJson) return { ...first, json: withField(first.json, parts, value) };
  const name = parts.join(".");
  if (first.form !== undefined) return { ...first, form: { ...first.form, [name]: value } };
  return { ...first, query: { ...first.query, [name]: value } as Query };
}

function withField(json: unknown, [name, ...rest]: readonly string[], value: string | number): unknown {
  if (name === undefined) return value;
  if (json !== undefined && (typeof json !== "object" || json === null || Array.isArray(json))) {
    refuse(pagesThing, `the body has no object in which "${name}" could stand.`);
  }
  const object = (json ?? {}) as Readonly<Record<string, unknown>>;
  return { ...object, [name]: withField(object[name], rest, value) };
}

function positioned(
  first: Walked,
  { param, most }: Extract<Pagination, { by: "statement" }>,
  at: string | number,
): Walked {
  const statement = first.query?.[param];
  if (typeof statement !== "string") refuse(pagesThing, `the request has no statement in its query "${param}".`);
  // Ours, from the page before.
  const bare = statement.replace(/ STARTPOSITION \d+ MAXRESULTS \d+$/, "");
  return { ...first, query: { ...first.query, [param]: `${bare} STARTPOSITION ${at} MAXRESULTS ${most}` } };
}
