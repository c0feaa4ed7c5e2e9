import { z } from "zod";
import { Problem, readsText } from "./reads.ts";

// The form that zod holds addresses to: what mail servers accept in practice, not all that RFC 5322 permits. Whether somebody reads it, only a mail tells.
const form = z.regexes.email;

/**
 * An email address. Case stays as it is before the `@`, where it may count, and goes after it, where it does not.
 *
 * @example z.object({ email: email() }) // " Ann@Example.COM " gives "Ann@example.com"
 */
export function email(): z.ZodType<string, string> {
  return readsText(
    { format: "email", examples: ["ann@example.com", "zoe.mueller@example.com", "o'brien+shop@example.com"] },
    (given) => {
      // RFC 5321, 4.5.3.1.3.
      if (given.length > 254) return new Problem("has more characters than an email address may have (254)");
      if (!form.test(given)) return new Problem(`is not an email address like ann@example.com${why(given)}`);
      const at = given.lastIndexOf("@");
      return given.slice(0, at) + given.slice(at).toLowerCase();
    },
  );
}

function why(given: string): string {
  if (/[<>]/.test(given)) return ": the address alone is expected, without a name and brackets";
  if ((given.match(/@/g) ?? []).length > 1) return ": there is more than one @ in it";
  if (/\s/.test(given)) return ": there is a space in it";
  return given.includes("@") ? "" : ": there is no @ in it";
}
