import type { Answer } from "../model/outcome.ts";
import { isReplay } from "../systems/classify.ts";
import { parseAnswer } from "../systems/exact-json.ts";
import type { StoredRequest } from "../systems/port.ts";

// Whether two answers speak of one thing or of two. What was made is named by an id that the destination gave it: an id that was sent is only an echo, and
// would be the same however often the thing was made. The ids nearest to the top of the answer count, because what is further down (lines, customers, events)
// is about something else.

export interface Likeness {
  /** `silent`: nothing in the answers names what was made. */
  readonly kind: "same" | "other" | "silent";
  /** Why, in words that go on a sentence: `both name id 17`. */
  readonly why: string;
}

/** @param sent the request that both answer. */
export function likenessOf(first: Answer | undefined, second: Answer | undefined, sent: StoredRequest): Likeness {
  if (first === undefined || second === undefined) return silent;
  if (isReplay(second.headers)) return { kind: "same", why: "its answer is marked as a replay" };
  const [one, other] = [namesIn(first), namesIn(second)];
  const echoes = leavesSent(sent);
  const depths = [...new Set([...one.values(), ...other.values()].map(({ depth }) => depth))].sort((a, b) => a - b);
  for (const depth of depths) {
    const paths = [...one].flatMap(([path, name]) => (name.depth === depth && other.has(path) ? [path] : []));
    for (const path of paths) {
      const [was, is] = [one.get(path)?.value ?? "", other.get(path)?.value ?? ""];
      if (was !== is) return { kind: "other", why: `${path} is ${short(was)}, and then ${short(is)}` };
    }
    const own = paths.find((path) => !echoes.has(one.get(path)?.value ?? ""));
    if (own !== undefined) return { kind: "same", why: `both name ${own} ${short(one.get(own)?.value ?? "")}` };
  }
  return silent;
}

const silent: Likeness = { kind: "silent", why: "nothing in the answers names what was made" };

/** The one name that a value has nearest to its top; undefined where it has none, or several. */
export function nameOf(value: unknown): string | undefined {
  const names = [...idsIn(value).values()];
  const top = names.filter(({ depth }) => depth === Math.min(...names.map((name) => name.depth)));
  return top.length === 1 ? top[0]?.value : undefined;
}

interface Name {
  readonly value: string;
  readonly depth: number;
}

const isId = /^_?(id|uuid|guid|sid)$|[_-](id|uuid|guid|sid)$|[a-z](Id|ID|Uuid|UUID|Sid)$/;
/** Ids of the exchange, and of how often a thing was written: new with every answer, though it speaks of the same thing. */
const ofTheExchange = /request|trace|correlation|span|session|log|event|debug|message|version|revision|etag|sequence/i;
const leavesMax = 2_000;
const depthMax = 6;

function namesIn({ headers, text }: Answer): Map<string, Name> {
  const names = new Map<string, Name>();
  if (headers.location !== undefined) names.set("location", { value: headers.location, depth: 0 });
  for (const [path, name] of idsIn(parsed(text))) names.set(path, name);
  return names;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined || text === "" ? undefined : parseAnswer(text);
  } catch {
    return undefined;
  }
}

function idsIn(value: unknown): Map<string, Name> {
  const names = new Map<string, Name>();
  for (const { path, leaf } of leavesOf(value)) {
    const field = path.at(-1) ?? "";
    if (leaf === "" || !isId.test(field) || ofTheExchange.test(field)) continue;
    names.set(path.join("."), { value: leaf, depth: path.length });
  }
  return names;
}

function* leavesOf(value: unknown): Generator<{ readonly path: readonly string[]; readonly leaf: string }> {
  const left: { path: readonly string[]; value: unknown }[] = [{ path: [], value }];
  for (let count = 0; count < leavesMax; count++) {
    const next = left.shift();
    if (next === undefined) return;
    const { path, value: found } = next;
    if (typeof found === "object" && found !== null) {
      if (path.length === depthMax) continue;
      for (const [name, part] of Object.entries(found)) left.push({ path: [...path, name], value: part });
    } else if (typeof found === "string" || typeof found === "number" || typeof found === "bigint")
      yield { path, leaf: String(found) };
  }
}

/** Every value that a request carries: whatever of it comes back says nothing. */
function leavesSent({ path, query, headers, body }: StoredRequest): ReadonlySet<string> {
  const texts = [...query, ...headers].flatMap(([, value]) => (typeof value === "string" ? [value] : []));
  const segments = path.split(/[/?=&]/).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return new Set([...texts, ...segments, ...leavesOfBody(body)]);
}

function leavesOfBody(body: StoredRequest["body"]): readonly string[] {
  if (body?.kind === "form") return [...new URLSearchParams(body.text).values()];
  return body?.kind === "json" ? [...leavesOf(parsed(body.text))].map(({ leaf }) => leaf) : [];
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
