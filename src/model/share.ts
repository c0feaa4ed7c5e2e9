/** Records of one integration and tenant in a worker's hands. */
export interface InHand {
  readonly integration: string;
  readonly tenant: string;
  readonly records: number;
}

/** An integration may hold eight times as many records as are free: alone it gets eight ninths of all hands, and a newcomer finds the rest. */
const ofIntegration = 8;
/** A tenant may hold as many as are free. There may be hundreds, and each of them may be down. */
const ofTenant = 1;

/**
 * A worker's hands, and how many of them each may still be given: one that holds many leaves room for those who hold few, however much of its own waits.
 * After the dynamic thresholds of shared buffers (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). The tenant `""` is nobody in
 * particular.
 */
export class Hands {
  #free: number;
  readonly #held = new Map<string, { integration: string; tenant: string; records: number }>();
  readonly #byIntegration = new Map<string, number>();
  readonly #byTenant = new Map<string, number>();

  constructor(free: number, held: readonly InHand[] = []) {
    this.#free = free;
    for (const { integration, tenant, records } of held) this.#add(integration, tenant, records);
  }

  /** How many more records this one may be given now. */
  room(integration: string, tenant: string): number {
    const byIntegration = threshold(ofIntegration, this.#byIntegration.get(integration) ?? 0, this.#free);
    if (tenant === "") return byIntegration;
    return Math.min(byIntegration, threshold(ofTenant, this.#byTenant.get(tenant) ?? 0, this.#free));
  }

  /** How many records of this one are in hand. */
  held(integration: string, tenant: string): number {
    return this.#held.get(nameOf(integration, tenant))?.records ?? 0;
  }

  take(integration: string, tenant: string): void {
    this.#free -= 1;
    this.#add(integration, tenant, 1);
  }

  giveBack(integration: string, tenant: string): void {
    this.#free += 1;
    this.#add(integration, tenant, -1);
  }

  get free(): number {
    return this.#free;
  }

  all(): readonly InHand[] {
    return [...this.#held.values()];
  }

  #add(integration: string, tenant: string, more: number): void {
    const name = nameOf(integration, tenant);
    const records = (this.#held.get(name)?.records ?? 0) + more;
    if (records === 0) this.#held.delete(name);
    else this.#held.set(name, { integration, tenant, records });
    addTo(this.#byIntegration, integration, more);
    if (tenant !== "") addTo(this.#byTenant, tenant, more);
  }
}

/** The largest `more` with `held + more <= weight * (free - more)`, rounded up. */
function threshold(weight: number, held: number, free: number): number {
  return Math.max(0, Math.ceil((weight * free - held) / (weight + 1)));
}

function nameOf(integration: string, tenant: string): string {
  return tenant === "" ? integration : `${integration}\n${tenant}`;
}

function addTo(counts: Map<string, number>, name: string, more: number): void {
  const count = (counts.get(name) ?? 0) + more;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
