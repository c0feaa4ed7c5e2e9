import { WaybillError } from "../model/errors.ts";
import { withoutCredentials } from "./calls/credentials.ts";
import { Redaction } from "./redaction.ts";

// Secrets are known by name everywhere; their values exist only here and in the bytes that are sent. What was read once is also looked for in
// whatever is shown to anyone: plainly, and in the forms in which it travels.

export interface Secrets {
  /** The value. @throws {WaybillError} `secret-missing`. */
  value(name: string): string;
  /** The value, or undefined when it is not set. */
  optional(name: string): string | undefined;
  /** Read it again the next time: it was refused, so it may have been replaced. */
  forget(name: string): void;
  /** Replaces every value that was read so far, however it is written, by `[secret NAME]`, and credentials in addresses by what they look like. */
  redact(text: string): string;
}

/** Those of the environment; they also keep what was loaded from elsewhere out of what is shown. */
export interface KnowingSecrets extends Secrets {
  /** A value that `redact` shall replace from now on. */
  know(name: string, value: string): void;
  /** A value that is worth nothing any more, such as the token before the last one. */
  unknow(name: string, value: string): void;
}

/**
 * Secrets from the environment: the variable NAME, or a file that NAME_FILE names (its last line break is not part of the secret).
 *
 * @example createSecrets(process.env, (path) => readFileSync(path, "utf8")).value("BOOKS_TOKEN")
 */
export function createSecrets(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): KnowingSecrets {
  const values = new Map<string, string>();
  const redaction = new Redaction();

  const optional = (name: string): string | undefined => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = read(name, env, readFile);
    if (value === undefined) return undefined;
    values.set(name, value);
    redaction.know(name, value);
    return value;
  };

  return {
    optional,
    value(name) {
      const value = optional(name);
      if (value !== undefined) return value;
      throw new WaybillError(
        "secret-missing",
        `The secret ${name} is not set.`,
        `Set the environment variable ${name} (in .env, for the command line), or let ${name}_FILE name a file that holds it.`,
      );
    },
    forget(name) {
      values.delete(name);
    },
    redact: (text) => withoutCredentials(redaction.redact(text)),
    know: (name, value) => redaction.know(name, value),
    unknow: (name, value) => redaction.forget(name, value),
  };
}

function read(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): string | undefined {
  const direct = env[name];
  if (direct !== undefined && direct !== "") return direct;
  const path = env[`${name}_FILE`];
  if (path === undefined || path === "") return undefined;
  try {
    const held = readFile(path).replace(/\r?\n$/, "");
    return held === "" ? undefined : held;
  } catch (cause) {
    throw new WaybillError(
      "secret-missing",
      `The secret ${name} could not be read from ${path}.`,
      `Check that the file exists and may be read, or set ${name}.`,
      { cause },
    );
  }
}
