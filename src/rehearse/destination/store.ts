// What a simulated system holds: things under paths, as a plain REST API has them. What is POSTed to a path becomes a new thing below it; PUT and PATCH change
// the one at their path, DELETE takes it away; a GET brings the one at its path, or those below it that fit its query.

export interface Thing {
  readonly path: string;
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** From then on reads see it. */
  readonly visibleAtMs: number;
}

export class Store {
  readonly #things = new Map<string, Thing>();
  #made = 0;

  make(path: string, content: unknown, visibleAtMs: number): Thing {
    this.#made += 1;
    const id = String(this.#made);
    const thing = { path: `${path}/${id}`, id, content: fieldsOf(content), visibleAtMs };
    this.#things.set(thing.path, thing);
    return thing;
  }

  put(
    path: string,
    content: unknown,
    { merge, visibleAtMs }: { readonly merge: boolean; readonly visibleAtMs: number },
  ): Thing {
    const before = merge ? this.#things.get(path)?.content : undefined;
    const id = path.slice(path.lastIndexOf("/") + 1);
    const thing = { path, id, content: { ...before, ...fieldsOf(content) }, visibleAtMs };
    this.#things.set(path, thing);
    return thing;
  }

  remove(path: string): boolean {
    return this.#things.delete(path);
  }

  at(path: string, nowMs: number): Thing | undefined {
    const thing = this.#things.get(path);
    return thing !== undefined && thing.visibleAtMs <= nowMs ? thing : undefined;
  }

  /** Those below a path that fit a query: by the fields that any of them has. */
  below(path: string, query: URLSearchParams, nowMs: number): readonly Thing[] {
    const within = `${path}/`;
    const all = [...this.#things.values()].filter(
      (thing) => thing.path.startsWith(within) && !thing.path.slice(within.length).includes("/"),
    );
    const asked = [...query].filter(([name]) => name === "id" || all.some(({ content }) => name in content));
    return all.filter(
      (thing) =>
        thing.visibleAtMs <= nowMs &&
        asked.every(([name, value]) => (name === "id" ? thing.id : textOf(thing.content[name])) === value),
    );
  }
}

function fieldsOf(content: unknown): Readonly<Record<string, unknown>> {
  return typeof content === "object" && content !== null && !Array.isArray(content)
    ? (content as Record<string, unknown>)
    : {};
}

const textOf = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
