import { type Declared, refuse, shown } from "../model/options.ts";
import { isPublicAddress, literalAddress } from "../world/addresses.ts";

/** The base URL of a system, checked. What is wrong with it would otherwise show at the first record, hours later. */
export function baseUrlOf(thing: Declared, given: unknown): URL {
  if (typeof given !== "string") refuse(thing, `baseUrl is ${shown(given)}, and text is expected.`);
  if (given.trim() === "") {
    refuse(
      thing,
      "baseUrl is empty.",
      "If it comes from the environment, the variable is set to nothing: give it a value or leave it out.",
    );
  }
  if (!URL.canParse(given)) {
    refuse(
      thing,
      `baseUrl is ${withoutCredentials(given)}, which is not a URL.`,
      'Write it whole: "https://api.example.com/v2".',
    );
  }
  const url = new URL(given);
  if (url.username !== "" || url.password !== "") {
    refuse(
      thing,
      `baseUrl ${withoutCredentials(given)} holds credentials, which would end up in logs.`,
      'Use auth: basic("user", secret("PASSWORD")).',
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    const hint = /^[a-z0-9.-]+:\d/i.test(given)
      ? `Did you mean "http://${given}"?`
      : 'It begins with "https://" or "http://".';
    refuse(thing, `baseUrl is ${withoutCredentials(given)}, whose scheme is neither http nor https.`, hint);
  }
  if (url.search !== "" || url.hash !== "") {
    refuse(
      thing,
      `baseUrl ${shown(given.replace(/\?[^#]*/, "?…"))} has a ${url.search === "" ? "fragment" : "query"}.`,
      "Give queries with each request, or an API key with auth: apiKey(…).",
    );
  }
  return url;
}

/** Whether the URL itself says that a private address is meant: `localhost`, `127.0.0.1`, `10.1.2.3`, `[::1]`. A name that resolves to one does not. */
export function namesPrivateAddress(url: URL): boolean {
  if (url.hostname === "localhost") return true;
  const address = literalAddress(url.hostname);
  return address !== undefined && !isPublicAddress(address);
}

/** Everything up to the last "@", because a URL has many spellings: `https:user:pw@host` is one. */
function withoutCredentials(given: string): string {
  return shown(given.replace(/^(\s*[a-z][a-z\d+.-]*:\/*)?.*@/is, "$1…@"));
}
