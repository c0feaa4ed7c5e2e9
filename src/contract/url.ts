import type { z } from "zod";
import { checkOptions, declared, refuse, shown } from "../model/options.ts";
import { Problem, readsText } from "./reads.ts";

export interface UrlOptions {
  /** The schemes that may be; `["https", "http"]` by default. */
  schemes?: readonly string[];
}

/**
 * A URL with its scheme, as it was written. What only a browser's leniency reads (spaces, backslashes, a missing `//`) breaks the contract.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown or a scheme is none.
 * @example z.object({ image: url({ schemes: ["https"] }) })
 */
export function url(options: UrlOptions = {}): z.ZodType<string, string> {
  const thing = declared("url()");
  checkOptions(thing, options, { schemes: true } satisfies Record<keyof UrlOptions, true>);
  const { schemes = ["https", "http"] } = options;
  if (!Array.isArray(schemes) || schemes.length === 0)
    refuse(thing, `schemes is ${shown(schemes)}, and a list is expected.`);
  for (const scheme of schemes as readonly unknown[]) {
    if (typeof scheme !== "string" || !/^[a-z][a-z0-9+.-]*$/.test(scheme))
      refuse(thing, `schemes holds ${shown(scheme)}, which is none.`, 'Such as schemes: ["https"], without "://".');
  }
  const form = new RegExp(
    `^(?:${schemes.map((scheme) => scheme.replaceAll(/[.+]/g, "\\$&")).join("|")})://[^\\s\\\\/?#]`,
    "i",
  );
  const example = `${schemes[0]}://example.com/`;

  return readsText(
    { format: "uri", examples: ["", "a", "b?c=d", "images/1.jpg", "%C3%A9"].map((path) => example + path) },
    (given) => {
      if (!form.test(given)) return new Problem(`is not a URL like ${example}`);
      if (/[\s\\]/.test(given))
        return new Problem(`is not a URL like ${example}: there is a space or a backslash in it`);
      return URL.canParse(given) ? given : new Problem(`is not a URL like ${example}`);
    },
  );
}
