import { durationMs } from "../model/duration.ts";
import { type Declared, refuse } from "../model/options.ts";
import type { ByKey, Idempotency } from "./idempotency.ts";
import type { SystemDefinition } from "./system-definition.ts";
import type { VendorKey } from "./vendor.ts";

/**
 * How a request of this vendor repeats: what `byKey()` leaves open is the vendor's.
 *
 * @param path below the system's base URL.
 * @throws {WaybillError} `bad-definition` when the vendor honours no key there, and no place was named.
 */
export function keyedFor(
  { vendor, baseUrl }: Pick<SystemDefinition, "vendor" | "baseUrl">,
  idempotency: Idempotency<unknown>,
  path: string,
  thing: () => Declared,
): Idempotency<unknown> {
  if (vendor === undefined || idempotency.how !== "byKey" || idempotency.open === undefined) return idempotency;
  const { key } = vendor;
  if ("none" in key) {
    if (idempotency.open.place)
      refuse(thing(), `byKey(): ${vendor.title} honours no idempotency keys here: ${key.none}.`, elseHint);
    return idempotency;
  }
  if (idempotency.open.place && !honouredAt(key, path)) {
    refuse(thing(), `byKey(): ${vendor.title} honours idempotency keys only on ${key.paths?.join(", ")}.`, elseHint);
  }
  return filledIn(idempotency, { ...key, window: windowAt(key, belowHost(baseUrl, path)) });
}

/** A base URL may hold the beginning of the path. */
function belowHost(base: URL | undefined, path: string): string {
  return `${base?.pathname.replace(/\/$/, "") ?? ""}/${path.replace(/^\//, "")}`;
}

function windowAt({ window, windows }: VendorKey, path: string): VendorKey["window"] {
  return windows?.find((one) => path.startsWith(one.path))?.window ?? window;
}

const elseHint = "Use byLookup(find); or name the place, if this endpoint honours one after all: byKey({ header: … }).";

function honouredAt({ paths }: VendorKey, path: string): boolean {
  const bare = path.split("?", 1)[0] ?? "";
  return paths === undefined || paths.some((end) => bare.endsWith(end));
}

/** The vendor's place, longest key and window, where nothing else was said. */
export function filledIn(idempotency: ByKey<unknown>, key: VendorKey): ByKey<unknown> {
  const { open } = idempotency;
  if (open === undefined) return idempotency;
  return {
    ...idempotency,
    ...(open.place ? { header: key.header, query: key.query, body: key.body } : {}),
    ...(open.max ? { max: key.max } : {}),
    ...(open.window ? { windowMs: durationMs(key.window) } : {}),
  };
}
