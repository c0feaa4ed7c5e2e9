import type { WebhookDefinition } from "../../define/source.ts";

// What stands around a record in the body of a webhook: where `select` and `split` look for it is found out by giving them a body that notes what they
// look at. What they find in the body made of that has to be the record itself; of anything else nobody can tell how its sender writes it.

/** The body in which a webhook finds these records; of a webhook that splits nothing it is only the first. */
export type Envelope = (records: readonly [unknown, ...unknown[]]) => unknown;

type Path = readonly string[];

/** Undefined where nobody can tell. */
export function envelopeOf({ select, split }: Pick<WebhookDefinition, "select" | "split">): Envelope | undefined {
  const selected = select === undefined ? [] : pathOf(select, (mark) => mark, isSame);
  const listed = split === undefined ? [] : pathOf(split, (mark) => [mark], isOnlyOne);
  if (selected === undefined || listed === undefined) return undefined;
  return (records) => nested(selected, nested(listed, split === undefined ? records[0] : records));
}

const isSame = (picked: unknown, mark: object): boolean => picked === mark;
const isOnlyOne = (picked: unknown, mark: object): boolean =>
  Array.isArray(picked) && picked.length === 1 && picked[0] === mark;

/** Where a function finds what it picks, tried out with a mark that stands there. */
function pathOf(
  pick: (body: unknown) => unknown,
  around: (mark: object) => unknown,
  finds: (picked: unknown, mark: object) => boolean,
): Path | undefined {
  // It may ask whether what it looks at is a list.
  for (const isList of [false, true]) {
    const paths = new Map<unknown, Path>();
    try {
      const path = paths.get(pick(noting([], isList, paths)));
      const mark = {};
      if (path !== undefined && finds(pick(nested(path, around(mark))), mark)) return path;
    } catch {
      // It does more with a body than to look for something in it.
    }
  }
  return undefined;
}

/** Something that has whatever is looked for, and notes where that is. */
function noting(path: Path, isList: boolean, paths: Map<unknown, Path>): unknown {
  const proxy: unknown = new Proxy(isList ? [] : {}, {
    get: (_, key) => (typeof key === "string" ? noting([...path, key], isList, paths) : undefined),
    has: () => true,
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, writable: true, value: undefined }),
  });
  paths.set(proxy, path);
  return proxy;
}

const nested = (path: Path, value: unknown): unknown =>
  path.reduceRight((inner: unknown, name) => ({ [name]: inner }), value);
