import { allAt, firstAt, type Pagination, type Path, partsOf } from "../define/pagination.ts";
import type { NextPage, PageOf } from "../define/request.ts";
import type { ReadAnswer } from "./answer.ts";

// Where the next page of a listing is, read from the whole answer before `expect` sees it. The one mistake that matters here is to take an answer
// that does not say it for the end: whatever is contradictory or missing is refused in words, and only what the API calls its end is one.

/**
 * @param base the system's base URL: an address in the answer may only lead below it.
 * @param path of this page below it, to which a relative address belongs.
 * @throws {Error} in plain words, when the answer does not say what it should.
 */
export function nextPage(page: PageOf, answer: ReadAnswer, base: URL, path: string): NextPage | undefined {
  const { pagination, at } = page;
  const here: Here = { base, path };
  if (pagination.by === "link") return to(linkedNext(answer.headers.link), here);
  if (answer.body.kind !== "json") throw new Error("it is not JSON, so nobody can tell whether there are more pages");
  const body = answer.body.value;
  switch (pagination.by) {
    case "token":
      return byToken(pagination, body);
    case "last":
      return byLast(pagination, body);
    case "url":
      return byUrl(pagination, body, here);
    case "rel":
      return to(relNext(allAt(body, pagination.at)), here);
    case "number":
      return byNumber(pagination, body, at);
    case "offset":
      return byOffset(pagination.items, at, body, countAt(body, pagination.total));
    case "statement":
      return byOffset(pagination.items, at, body, undefined);
  }
}

interface Here {
  readonly base: URL;
  readonly path: string;
}

type By<Kind extends Pagination["by"]> = Extract<Pagination, { by: Kind }>;

function byToken({ at, more }: By<"token">, body: unknown): NextPage | undefined {
  if (more !== undefined && !saysMore(body, more)) return undefined;
  const token = valueAt(body, at);
  if (token === undefined && more !== undefined)
    throw new Error(`it says that there is more, and no "${named(at)}" where`);
  return token === undefined ? undefined : { set: token };
}

function byLast({ items, field, more }: By<"last">, body: unknown): NextPage | undefined {
  if (!saysMore(body, more)) return undefined;
  const last = listAt(body, items)?.at(-1);
  const value = valueAt(last, field);
  if (value === undefined)
    throw new Error(`it says that there is more after its last item, which has no "${named(field)}"`);
  return { set: value };
}

function byUrl({ at, more, always }: By<"url">, body: unknown, here: Here): NextPage | undefined {
  if (always === true && allAt(body, at).length === 0)
    throw new Error(`it has no "${named(at)}", which every page has`);
  if (more !== undefined && !saysMore(body, more)) return undefined;
  const url = valueAt(body, at);
  if (url === undefined && more !== undefined)
    throw new Error(`it says that there is more, and no "${named(at)}" where`);
  return to(url, here);
}

/** A page without items is the end only where the API does not say how many pages there are. */
function byNumber({ items, last }: By<"number">, body: unknown, at: number): NextPage | undefined {
  const lastPage = countAt(body, last);
  if (lastPage !== undefined) return at < lastPage ? { set: at + 1 } : undefined;
  return (listAt(body, items)?.length ?? 0) === 0 ? undefined : { set: at + 1 };
}

function byOffset(items: Path, at: number, body: unknown, total: number | undefined): NextPage | undefined {
  const count = listAt(body, items)?.length ?? 0;
  if (total === undefined) return count === 0 ? undefined : { set: at + count };
  if (at + count >= total) return undefined;
  if (count === 0) throw new Error(`it has no items at ${at} of ${total}`);
  return { set: at + count };
}

/** Whether the answer says that there is more: yes or no, and nothing else. */
function saysMore(body: unknown, more: Path): boolean {
  const said = firstAt(body, more);
  if (typeof said === "boolean") return said;
  throw new Error(`it does not say at "${named(more)}" whether there is more`);
}

function valueAt(body: unknown, path: Path): string | undefined {
  const value = firstAt(body, path);
  if (value === undefined || value === "") return undefined;
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return String(value);
  throw new Error(`its "${named(path)}" is neither text nor a number`);
}

function countAt(body: unknown, path: Path | undefined): number | undefined {
  const value = path === undefined ? undefined : firstAt(body, path);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`its "${path === undefined ? "" : named(path)}" is not a count`);
}

/** The first list that stands there: where an API names it after what it lists, the path ends in `*`. */
function listAt(body: unknown, path: Path): readonly unknown[] | undefined {
  return allAt(body, path).find((one): one is readonly unknown[] => Array.isArray(one));
}

function relNext(links: readonly unknown[]): string | undefined {
  for (const link of links.flat()) {
    if (typeof link !== "object" || link === null || !("rel" in link) || link.rel !== "next") continue;
    if ("href" in link && typeof link.href === "string") return link.href;
    throw new Error('its link with rel "next" has no href');
  }
  return undefined;
}

const linkValue = /<([^>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*")*)/g;
const relParameter = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/** RFC 8288, 3: `<https://…>; rel="next", <https://…>; rel="last"`. */
function linkedNext(field: string | undefined): string | undefined {
  for (const [, target, parameters = ""] of field?.matchAll(linkValue) ?? []) {
    const rel = relParameter.exec(parameters);
    if ((rel?.[1] ?? rel?.[2] ?? "").toLowerCase().split(/\s+/).includes("next")) return target;
  }
  return undefined;
}

/** Credentials go with every request, so an answer may not lead them anywhere else. */
function to(url: string | undefined, { base, path }: Here): NextPage | undefined {
  if (url === undefined) return undefined;
  const folder = base.pathname.replace(/\/?$/, "/");
  const here = `${base.origin}${folder}${path.replace(/^\//, "")}`;
  if (!URL.canParse(url, here)) throw new Error(`its next page is at ${shortened(url)}, which is no address`);
  const next = new URL(url, here);
  if (next.origin !== base.origin || !`${next.pathname}/`.startsWith(folder)) {
    throw new Error(`its next page is at ${shortened(url)}, outside of the system's baseUrl ${base.href}`);
  }
  return { to: `/${next.pathname.slice(folder.length)}${next.search}` };
}

function shortened(url: string): string {
  return JSON.stringify(url.length > 120 ? `${url.slice(0, 120)}…` : url);
}

function named(path: Path): string {
  return partsOf(path).join(".");
}
