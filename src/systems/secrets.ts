import { WaybillError } from "../model/errors.ts";

// Secrets are known by name everywhere; their values exist only here and in the bytes that are sent. What was read once is also looked for in
// whatever is shown to anyone: plainly, and in the forms in which it travels.

export interface Secrets {
  /** The value. @throws {WaybillError} `secret-missing`. */
  value(name: string): string;
  /** The value, or undefined when it is not set. */
  optional(name: string): string | undefined;
  /** Read it again the next time: it was refused, so it may have been replaced. */
  forget(name: string): void;
  /** Replaces every value that was read so far, however it is written, by `[secret NAME]`. */
  redact(text: string): string;
}

/** Shorter values would be found in innocent text. */
const shownLengthMin = 6;

/**
 * Secrets from the environment: the variable NAME, or a file that NAME_FILE names (its last line break is not part of the secret).
 *
 * @example createSecrets(process.env, (path) => readFileSync(path, "utf8")).value("BOOKS_TOKEN")
 */
export function createSecrets(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Secrets {
  const values = new Map<string, string>();
  const shapes = new Map<string, string>();
  let longestFirst: readonly (readonly [string, string])[] = [];

  const remember = (name: string, value: string): void => {
    values.set(name, value);
    if (value.length < shownLengthMin) return;
    for (const shape of shapesOf(value)) if (!shapes.has(shape)) shapes.set(shape, name);
    longestFirst = [...shapes].sort(([a], [b]) => b.length - a.length);
  };

  const optional = (name: string): string | undefined => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = read(name, env, readFile);
    if (value !== undefined) remember(name, value);
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
    redact(text) {
      let shown = text;
      for (const [shape, name] of longestFirst)
        if (shown.includes(shape)) shown = shown.replaceAll(shape, `[secret ${name}]`);
      return shown;
    },
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

/** Every way in which a value may stand in a text: plain, in JSON, in a URL or form, and inside base64 of something longer (`user:password`). */
function shapesOf(value: string): Set<string> {
  const shapes = new Set([value, JSON.stringify(value).slice(1, -1), value.toWellFormed().replaceAll(" ", "+")]);
  const encoded = encodeURIComponent(value.toWellFormed());
  shapes.add(encoded).add(encoded.replaceAll("%20", "+"));
  // Base64 takes three bytes at a time, so the same value looks different at each of three offsets; its first and last characters mix with the neighbours.
  for (const offset of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const from = offset === 0 ? 0 : 4;
    const to = Math.floor(bytes.length / 3) * 4;
    const core = bytes.toString("base64").slice(from, to);
    if (core.length >= shownLengthMin) shapes.add(core).add(core.replaceAll("+", "-").replaceAll("/", "_"));
    if (offset === 0) shapes.add(bytes.toString("base64")).add(bytes.toString("base64url"));
  }
  return new Set([...shapes].filter((shape) => shape.length >= shownLengthMin));
}
