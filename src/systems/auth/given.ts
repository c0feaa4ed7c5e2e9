import type { ReadAnswer } from "../answer.ts";

// What a token endpoint answered, looked at before anybody believes it. A refresh token that was given must not be lost because something beside it is
// absurd: with many servers the old one is worth nothing from then on.

/** The fields of an answer that mean something here. */
export interface Fields {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly tokenType: string | undefined;
  /** In seconds; undefined where nobody can believe what was said, or nothing was. */
  readonly expiresIn: number | undefined;
  /** What about the lifetime was absurd, in words. */
  readonly odd: string | undefined;
  readonly error: string | undefined;
  readonly errorWords: string | undefined;
}

/** No access token lives longer; whoever says so means something else. */
const yearSeconds = 31_536_000;

/** The fields of an answer's JSON object; undefined where there is none. */
export function fieldsIn({ body }: ReadAnswer): Fields | undefined {
  if (body.kind !== "json" || typeof body.value !== "object" || body.value === null || Array.isArray(body.value))
    return undefined;
  const json = body.value as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const value = json[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    tokenType: text("token_type"),
    ...lifetimeOf(json.expires_in),
    error: text("error"),
    errorWords: text("error_description"),
  };
}

function lifetimeOf(said: unknown): Pick<Fields, "expiresIn" | "odd"> {
  if (said === undefined || said === null) return { expiresIn: undefined, odd: undefined };
  const seconds = typeof said === "string" && /^\d+(\.\d+)?$/.test(said) ? Number(said) : said;
  if (typeof seconds !== "number" || !(seconds > 0))
    return { expiresIn: undefined, odd: `a token's expires_in of ${shown(said)}, which is not believed` };
  if (seconds > yearSeconds)
    return { expiresIn: yearSeconds, odd: `a token's expires_in of ${shown(said)} seconds, cut to a year` };
  return { expiresIn: seconds, odd: undefined };
}

function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}
