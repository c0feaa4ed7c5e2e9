/** What a request was made for: an effect, one call for the effects of several records, a read of user code, a poll, a person's probe, a token. */
export const callKinds = ["effect", "batch", "read", "poll", "probe", "token"] as const;
export type CallKind = (typeof callKinds)[number];
