/** One of the tenants of this name. */
export interface TenantRef {
  readonly of: string;
  readonly id: string;
}

/** What is known of declared tenants. */
export interface TenantsState {
  readonly name: string;
  /** How many there are; undefined when the list has never been read. */
  readonly count: number | undefined;
  /** Why the list could not be read the last time, and what in it cannot be used. */
  readonly problems: readonly string[];
}
