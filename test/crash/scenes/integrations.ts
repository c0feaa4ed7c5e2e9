import {
  atMostOnce,
  byKey,
  byLookup,
  confirmed,
  type Integration,
  integration,
  path,
  permanent,
  push,
  type SystemOptions,
  system,
  unverified,
  webhook,
} from "waybill";
import { z } from "zod";

// What a scene is about, as a user would write it.

export const scenes = ["batch-by-key", "batch-by-lookup", "load", "jobs", "undo"] as const;
export type SceneName = (typeof scenes)[number];

const Thing = z.object({ id: z.string() });
const Found = z.object({ items: z.array(Thing) });
const Made = z.object({
  made: z.array(z.object({ ref: z.string(), id: z.string().optional(), error: z.string().optional() })),
});
const Version = z.object({ id: z.string(), version: z.number() });

export interface SceneOptions {
  readonly url: string;
  /** The most items of a batch. */
  readonly most: number;
  readonly linger?: "20ms" | "200ms";
  readonly system?: SystemOptions;
}

const common = { source: push(), contract: Thing, identify: ({ id }: { id: string }) => ({ id }) } as const;
const retry = { first: "10ms", longest: "50ms" } as const;

export function sceneOf(scene: SceneName, options: SceneOptions): Integration {
  const books = system("books", { baseUrl: options.url, timeout: "400ms", breaker: false, ...options.system });
  const by = { idempotency: byKey() };
  switch (scene) {
    case "batch-by-key":
    case "batch-by-lookup": {
      const looksUp = scene === "batch-by-lookup";
      const invoices = books.batch("invoices", {
        most: options.most,
        linger: options.linger ?? "20ms",
        send: (items: readonly { ref: string }[]) =>
          books.post("/invoices", { json: { items }, expect: Made, idempotency: looksUp ? atMostOnce : byKey() }),
        each: ({ made }, { ref }) => {
          const mine = made.find((one) => one.ref === ref);
          if (mine?.error !== undefined) throw permanent(mine.error);
          return mine?.id;
        },
        count: ({ made }) => made.length,
      });
      return integration("scene", {
        ...common,
        retry,
        async deliver({ id: ref }, { effect, call }) {
          const find = async () =>
            (await call(books.get("/invoices", { query: { ref }, expect: Found }))).items.map((one) => one.id);
          const lookup = byLookup(find, { visibleAfter: "50ms" });
          await effect("invoice", looksUp ? invoices({ ref }, { lookup }) : invoices({ ref }));
        },
      });
    }
    case "load":
      return integration("scene", {
        source: webhook("/orders/changed", {
          verify: unverified,
          load: (notice) => books.get(path`/orders/${Thing.parse(notice).id}`, { expect: Version }),
        }),
        contract: Version,
        identify: ({ id, version }) => ({ id: `${id}@${version}`, entity: id }),
        retry,
        async deliver({ id: ref, version }, { effect }) {
          await effect("copy", books.post("/copies", { json: { ref, version }, ...by }));
        },
      });
    case "jobs":
      return integration("scene", {
        ...common,
        retry,
        async deliver({ id: ref }, { effect }) {
          const request = books.post("/jobs", { json: { ref }, expect: z.object({ job: z.string() }), ...by });
          await effect("export", confirmed(request, { every: "20ms", check: ({ job }) => books.get(`/jobs/${job}`) }));
        },
      });
    case "undo":
      return integration("scene", {
        ...common,
        retry,
        async deliver({ id }, { effect }) {
          for (const name of ["invoice", "shipment"]) {
            const ref = `${id}-${name}`;
            await effect(name, books.post("/things", { json: { ref }, expect: Thing, ...by }), {
              undo: (made) => books.post("/credits", { json: { ref: made.id }, ...by }),
            });
          }
          throw permanent("the customer does not exist");
        },
      });
  }
}
