/** Tokens as they are kept. */
export interface Tokens {
  readonly accessToken: string | undefined;
  /** What a new access token is asked for with; many servers give a new one each time, and then the old one is worth nothing. */
  readonly refreshToken: string | undefined;
  /** Of the access token, in milliseconds since 1970; undefined where the server did not say. */
  readonly expiresAt: number | undefined;
}

/** Tokens in a place of your own. `save` resolves when they are durable: until then the old ones count. */
export interface TokenStore {
  load(account: { readonly system: string; readonly tenant: string }): Promise<Tokens | undefined> | Tokens | undefined;
  save(tokens: Tokens, account: { readonly system: string; readonly tenant: string }): Promise<void> | void;
}
