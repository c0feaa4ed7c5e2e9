import { withoutCredentials } from "../../systems/calls/credentials.ts";
import { redacted } from "./conventions.ts";

const pathMax = 1_000;
const namesMax = 50;

/**
 * The address of a request as a trace may show it: known secrets and credentials are replaced, and of the query only the names stay.
 *
 * @param redact replaces every known secret
 * @example shownAddress("https://api.example.com", "/v2/orders?ref=A-1", (text) => text) // "https://api.example.com/v2/orders?ref=REDACTED"
 */
export function shownAddress(origin: string, path: string, redact: (text: string) => string): string {
  const [before = "", query] = redact(withoutCredentials(`${origin}${path}`)).split("?", 2);
  const place = before.slice(0, pathMax).toWellFormed();
  if (query === undefined || query === "") return place;
  const pairs = query
    .split("&")
    .slice(0, namesMax)
    .map((pair) => {
      const at = pair.indexOf("=");
      // Without a `=` it may be a value as well as a name.
      return at < 0 ? redacted : `${pair.slice(0, at)}=${redacted}`;
    });
  return `${place}?${pairs.join("&")}`.slice(0, pathMax * 2);
}
