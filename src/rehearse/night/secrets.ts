// Every secret that code asks for has a value in a rehearsal, which is like no other text: where it turns up, a secret has left.

const mark = "rehearsed-secret";

/** What a secret of this name is in a rehearsal. */
export const rehearsedSecret = (name: string): string => `${mark}-of-${name}`;

/** An environment in which each variable is set. */
export const rehearsedEnv: Readonly<Record<string, string | undefined>> = new Proxy(
  {},
  {
    // A secret that is a file is named by a variable of its own: none is.
    get: (_, name) => (typeof name !== "string" || name.endsWith("_FILE") ? undefined : rehearsedSecret(name)),
  },
);

export function holdsSecret(text: string): boolean {
  return text.includes(mark);
}

/** The first secret in some headers, without the word for its kind: `Bearer` gives it away to whoever looks for secrets. */
export const secretIn = (headers: readonly string[]): string | undefined =>
  headers.find(holdsSecret)?.replace(/^[A-Za-z]+ /, "");
