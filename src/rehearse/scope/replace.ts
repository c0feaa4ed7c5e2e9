/** Replaces something that is shared by the whole process. The answer puts it back. */
export type Replacement = () => () => void;

/**
 * Replaces a property that holds a function in each of `owners`: the global and the module that hold the same one.
 * What the original carries besides (`util.promisify.custom`, `hrtime.bigint`) the new one carries too, unless it has its own.
 */
export function replaceFunction<T extends object, K extends keyof T>(
  owners: readonly T[],
  name: K,
  make: (original: T[K]) => T[K],
): Replacement {
  return () => {
    const made = new Map<unknown, unknown>();
    return together(
      owners.map((owner) =>
        replaceProperty(owner, name, (descriptor) => {
          const { value } = descriptor;
          if (!made.has(value)) made.set(value, alike(make(value as T[K]), value as object));
          return { ...descriptor, value: made.get(value) };
        }),
      ),
    );
  };
}

/** Replaces the getter of a property. */
export function replaceGetter<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  make: (get: (this: T) => T[K]) => (this: T) => T[K],
): Replacement {
  return () =>
    replaceProperty(owner, name, (descriptor) => ({
      ...descriptor,
      get: make(descriptor.get as (this: T) => T[K]) as () => unknown,
    }));
}

/** Replaces all of them at once; they are put back in the opposite order. */
export function together(putBacks: readonly (() => void)[]): () => void {
  return () => {
    for (const putBack of putBacks.toReversed()) putBack();
  };
}

function replaceProperty(
  owner: object,
  name: PropertyKey,
  change: (descriptor: PropertyDescriptor) => PropertyDescriptor,
): () => void {
  const original = Object.getOwnPropertyDescriptor(owner, name);
  // Not there in this version of Node.
  if (original === undefined) return () => undefined;
  const replaced = change(original);
  Object.defineProperty(owner, name, replaced);
  return () => {
    const now = Object.getOwnPropertyDescriptor(owner, name);
    // Somebody has replaced it after us, and calls ours: what we would put back is no longer ours to decide.
    if (now?.value === replaced.value && now?.get === replaced.get) Object.defineProperty(owner, name, original);
  };
}

function alike<T>(replacement: T, original: object): T {
  const own = replacement as object;
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    const itsOwn = key !== "name" && key !== "length" && Object.hasOwn(own, key);
    if (!itsOwn && descriptor !== undefined) Object.defineProperty(own, key, descriptor);
  }
  return replacement;
}
