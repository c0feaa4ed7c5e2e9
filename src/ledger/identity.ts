/** A record's name in the ledger: short text, opaque, in order of intake when sorted as the store sorts. */
export type RecordId = string;

/** The first 16 bytes of a SHA-256, for identity and comparison. */
export type Hash = Uint8Array;

/** What a record is, as `identify` says and as the ledger tells it from others. */
export interface Identified {
  readonly id: string;
  readonly entity: string;
  readonly key: string;
  /** `identify` named a key itself: then the entity keeps the first one it came with. */
  readonly keyGiven: boolean;
  /** 53 bits of the hash of (integration, tenant, key): what is kept in order. Two keys that share it only wait for each other. */
  readonly keyHash: number;
  readonly entityHash: Hash;
  /** Sorts as text; undefined without `latestOnly`. */
  readonly version: string | undefined;
  /** Of what the contract made of it: canonical JSON. */
  readonly fingerprint: Hash;
  /** By what else it is found, as text that is compared (model/search.ts): each once, none of them empty. */
  readonly search?: readonly string[] | undefined;
}

/** A value that no other entity of its integration and tenant may have. */
export interface Unique {
  readonly hash: Hash;
  /** For people. */
  readonly shown: string;
}

/** What reading a record (again) made of it. */
export interface Reading {
  readonly identity: Identified;
  readonly idMark: Hash;
  readonly rawHash: Hash;
  readonly contract: string;
  readonly content: string | undefined;
  /** A loaded entity replaces what the notice brought. */
  readonly raw: string | undefined;
  /** As in the definition; `conflict` by default. */
  readonly sameId?: "conflict" | "ignore" | undefined;
  readonly unique?: Unique | undefined;
}
