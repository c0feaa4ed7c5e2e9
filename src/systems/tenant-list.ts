import { isTenantId, type TenantsDefinition } from "../define/tenants.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Clock } from "../world/clock.ts";
import type { TenantsState } from "./tenant-ref.ts";

/** A tenant as its list has it. */
export interface KnownTenant {
  readonly id: string;
  readonly value: unknown;
}

const listMs = 30_000;
const countMax = 10_000;
/** A list that was just read is not asked again because of one more stranger. */
const againMs = 5_000;
const firstPauseMs = 1_000;
const problemsMax = 20;

/** Who the tenants of one name are, as far as was last read. A reading that fails changes nothing. */
export class TenantList {
  readonly #definition: TenantsDefinition;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #listeners = new Set<() => void>();
  #known: ReadonlyMap<string, KnownTenant> | undefined;
  /** Ids that the list has, and that cannot be used. */
  #unusable: ReadonlyMap<string, string> = new Map();
  #problems: readonly string[] = [];
  #failures = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(definition: TenantsDefinition, clock: Clock, emit: Emit) {
    this.#definition = definition;
    this.#clock = clock;
    this.#emit = emit;
  }

  get definition(): TenantsDefinition {
    return this.#definition;
  }

  /** Whether it has been read. */
  get read(): boolean {
    return this.#known !== undefined;
  }

  /** Whether asking again may give something else. */
  get changes(): boolean {
    return typeof this.#definition.list === "function";
  }

  /** When to ask again: soon after a failure. */
  get nextMs(): number {
    const { refreshMs } = this.#definition;
    return this.#failures === 0 ? refreshMs : Math.min(refreshMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 20));
  }

  get(id: string): KnownTenant | undefined {
    return this.#known?.get(id);
  }

  /** @throws {WaybillError} `unavailable` when it was never read. */
  ids(): readonly string[] {
    if (this.#known !== undefined) return [...this.#known.keys()];
    throw new WaybillError(
      "unavailable",
      `The list of the tenants "${this.#definition.name}" cannot be read: ${this.#problems[0] ?? "it has not been asked for"}`,
      "Whoever is in it is known as soon as it can be.",
    );
  }

  whyNot(id: string): string {
    const { name } = this.#definition;
    if (this.#known === undefined)
      return `the list of the tenants "${name}" cannot be read: ${this.#problems[0] ?? "it has not been read yet"}`;
    return this.#unusable.get(id) ?? `the tenant "${id}" is not in the list "${name}"`;
  }

  state(): TenantsState {
    return { name: this.#definition.name, count: this.#known?.size, problems: this.#problems };
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads it now, unless that was just done. */
  async lookAgain(): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    if (this.read && !this.changes) return;
    if (this.#clock.monotonic() - this.#askedAtMs >= againMs) await this.load();
  }

  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    this.#askedAtMs = this.#clock.monotonic();
    try {
      this.#take(await this.#asked());
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#problems = [said(error)];
      this.#emit({ event: "tenants.failed", tenants: this.#definition.name, why: said(error) });
    }
  }

  async #asked(): Promise<readonly unknown[]> {
    const { list, name } = this.#definition;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(listMs, () => reject(new Error(`list did not answer within ${listMs / 1_000} s`)));
    });
    try {
      const given: unknown = await Promise.race([(async () => (typeof list === "function" ? list() : list))(), late]);
      if (!Array.isArray(given)) throw new Error(`list of "${name}" gave no list`);
      if (given.length > countMax) throw new Error(`there are ${given.length}; at most ${countMax} are taken`);
      return given;
    } finally {
      cancel();
    }
  }

  #take(given: readonly unknown[]): void {
    const before = this.#known;
    const { known, unusable, problems } = this.#sorted(given);
    const added = [...known.keys()].filter((id) => before?.has(id) !== true).length;
    const gone = [...(before?.keys() ?? [])].filter((id) => !known.has(id)).length;
    const isNew = problems.join() !== this.#problems.join();
    this.#known = known;
    this.#unusable = unusable;
    this.#problems = problems;
    const { name } = this.#definition;
    if (added + gone > 0 || before === undefined)
      this.#emit({ event: "tenants.listed", tenants: name, count: known.size, added, gone });
    if (isNew && problems.length > 0) this.#emit({ event: "tenants.failed", tenants: name, why: problems.join("; ") });
    if (added + gone > 0) for (const listener of this.#listeners) listener();
  }

  /** One bad entry is that tenant's misfortune alone. An id that stands twice would be a choice between two people's credentials: it is nobody's. */
  #sorted(given: readonly unknown[]) {
    const known = new Map<string, KnownTenant>();
    const unusable = new Map<string, string>();
    const problems: string[] = [];
    for (const [index, value] of given.entries()) {
      const id = this.#idOf(value);
      if (!isTenantId(id))
        problems.push(`entry ${index + 1} has no id of 1 to 100 letters, digits, "-", "_", "." and "~"`);
      else if (known.has(id) || unusable.has(id))
        unusable.set(id, `the tenant "${id}" stands more than once in the list "${this.#definition.name}"`);
      else known.set(id, sameAs(this.#known?.get(id), value) ?? { id, value });
    }
    for (const [id, why] of unusable) {
      known.delete(id);
      problems.push(why);
    }
    return { known, unusable, problems: problems.slice(0, problemsMax) };
  }

  #idOf(value: unknown): unknown {
    try {
      return this.#definition.id(value);
    } catch {
      return undefined;
    }
  }
}

/** Each reading makes new objects; a tenant that says what it said before is the one it was. */
function sameAs(before: KnownTenant | undefined, value: unknown): KnownTenant | undefined {
  if (before === undefined || before.value === value) return before;
  try {
    return JSON.stringify(before.value) === JSON.stringify(value) ? before : undefined;
  } catch {
    return undefined;
  }
}
