import { isSecret, tenantsOfSecret } from "../define/secret.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";
import type { KnowingSecrets, Secrets } from "./secrets.ts";
import type { TenantList } from "./tenant-list.ts";
import type { TenantRef } from "./tenant-ref.ts";

/** Loaded values are used so long before they are asked for again: they may have been replaced. */
const keptMs = 300_000;
/** What could not be loaded is not asked for more often than this. */
const againMs = 1_000;
const loadMs = 30_000;

interface Loaded {
  readonly value: string | undefined;
  readonly why: string | undefined;
}

/**
 * One tenant's secrets, by the names under which all have them (`shops/TOKEN`). Loaded before they are needed, because whoever fills in a request
 * does not wait; another tenant's can not be asked for here.
 */
export class TenantSecrets implements Secrets {
  readonly #ref: TenantRef;
  readonly #list: TenantList;
  readonly #shared: KnowingSecrets;
  readonly #clock: Clock;
  readonly #loaded = new Map<string, Loaded>();
  #of: unknown;
  #atMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(ref: TenantRef, list: TenantList, shared: KnowingSecrets, clock: Clock) {
    this.#ref = ref;
    this.#list = list;
    this.#shared = shared;
    this.#clock = clock;
  }

  value(name: string): string {
    const of = tenantsOfSecret(name);
    if (of === undefined) return this.#shared.value(name);
    const value = this.optional(name);
    if (value !== undefined) return value;
    const { id } = this.#ref;
    const why = of === this.#ref.of ? this.#loaded.get(name)?.why : `it works for a tenant of "${this.#ref.of}"`;
    throw new WaybillError(
      "secret-missing",
      `The secret ${name} of the tenant "${id}" ${why === undefined ? "is not set" : `cannot be had: ${why}`}.`,
      `Look at what secrets.${name.slice(of.length + 1)} of tenants "${of}" gives for it; all others go on.`,
    );
  }

  optional(name: string): string | undefined {
    const of = tenantsOfSecret(name);
    if (of === undefined) return this.#shared.optional(name);
    return of === this.#ref.of ? this.#loaded.get(name)?.value : undefined;
  }

  forget(name: string): void {
    if (tenantsOfSecret(name) === undefined) this.#shared.forget(name);
    else this.#atMs = Number.NEGATIVE_INFINITY;
  }

  redact(text: string): string {
    return this.#shared.redact(text);
  }

  /** Loads them where that is due. Never rejects. */
  async load(): Promise<void> {
    const tenant = this.#list.get(this.#ref.id);
    if (tenant === undefined) return;
    const whole = [...this.#loaded.values()].every(({ value }) => value !== undefined);
    const ageMs = this.#clock.monotonic() - this.#atMs;
    if (tenant.value === this.#of && ageMs < (whole ? keptMs : againMs)) return;
    this.#loading ??= this.#loadAll(tenant.value).finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #loadAll(tenant: unknown): Promise<void> {
    const { name: of, secrets } = this.#list.definition;
    await Promise.all(
      Object.entries(secrets).map(async ([name, load]) => {
        const whole = `${of}/${name}`;
        const loaded = await this.#loadOne(load, tenant);
        const before = this.#loaded.get(whole);
        // A vault that does not answer takes nothing away; one that says there is no such secret does.
        if (loaded.why !== undefined && before?.value !== undefined) return;
        if (loaded.value !== undefined) this.#shared.know(`${whole} of ${this.#ref.id}`, loaded.value);
        this.#loaded.set(whole, loaded);
      }),
    );
    this.#of = tenant;
    this.#atMs = this.#clock.monotonic();
  }

  async #loadOne(load: (tenant: unknown) => unknown, tenant: unknown): Promise<Loaded> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(loadMs, () => reject(new Error(`it was not there within ${loadMs / 1_000} s`)));
    });
    try {
      const given: unknown = await Promise.race([(async () => load(tenant))(), late]);
      if (isSecret(given)) {
        const value = this.#shared.optional(given.name);
        return { value, why: value === undefined ? `${given.name} is not set` : undefined };
      }
      if (given === undefined || given === null || given === "") return { value: undefined, why: undefined };
      if (typeof given !== "string") return { value: undefined, why: `it is a ${typeof given}, and text is expected` };
      return { value: given, why: undefined };
    } catch (error) {
      return { value: undefined, why: said(error) };
    } finally {
      cancel();
    }
  }
}
