// What gives chance. Where arguments may be wrong, the original judges them and makes the value, and what is in it is replaced:
// so that a mistake fails here as it fails in production.
import crypto from "node:crypto";
import type { Random } from "../../world/random.ts";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";

type Bytes = NodeJS.ArrayBufferView;
type Answer<T> = (error: Error | null, value: T) => void;

function fill(random: Random, view: Bytes | ArrayBuffer, from = 0, length = view.byteLength - from): void {
  const bytes = ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer, view.byteOffset + from, length)
    : new Uint8Array(view, from, length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random.next() * 256);
}

/** Offsets and sizes of `randomFill` count elements, not bytes. */
function fillPart(random: Random, view: Bytes, offset = 0, size?: number): void {
  const elementBytes = "BYTES_PER_ELEMENT" in view ? Number(view.BYTES_PER_ELEMENT) : 1;
  const from = offset * elementBytes;
  fill(random, view, from, size === undefined ? view.byteLength - from : size * elementBytes);
}

/** A number in [0, 1) of 52 bits: a generator may give only 32, and `randomInt` ranges over 48. */
function fine(random: Random): number {
  const high = Math.floor(random.next() * 2 ** 26);
  return (high * 2 ** 26 + Math.floor(random.next() * 2 ** 26)) / 2 ** 52;
}

/** The layout of RFC 9562: the time in 48 bits, the version, the rest by chance. */
function uuidOfTime(ms: number, random: Random): string {
  const time = Math.trunc(ms).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.uuid().slice(15)}`;
}

/** A callback form answers in a later tick, never during the call. */
function answerSoon<T>(answer: Answer<T>, value: T): void {
  process.nextTick(answer, null, value);
}

type Loose = (...parameters: never[]) => unknown;
type Names = "randomBytes" | "randomInt" | "randomFill" | "randomFillSync" | "randomUUID" | "randomUUIDv7";
const loose = crypto as unknown as Record<Names | "pseudoRandomBytes" | "prng" | "rng", Loose>;

function virtualBytes(original: Loose): Loose {
  return (...parameters: [size: number, answer?: Answer<Buffer>]) => {
    const scope = currentScope();
    const [size, answer] = parameters;
    if (scope === undefined || (answer !== undefined && typeof answer !== "function"))
      return Reflect.apply(original, crypto, parameters);
    const bytes: Buffer = Reflect.apply(original, crypto, [size]);
    fill(scope.world.random, bytes);
    return answer === undefined ? bytes : answerSoon(answer, bytes);
  };
}

const ofCrypto: Replacement[] = [
  replaceFunction([loose], "randomBytes", virtualBytes),
  replaceFunction([loose], "randomInt", (original) => (...parameters: (number | Answer<number> | undefined)[]) => {
    const scope = currentScope();
    if (scope === undefined) return Reflect.apply(original, crypto, parameters);
    const range = parameters.filter((parameter) => typeof parameter !== "function");
    Reflect.apply(original, crypto, range);
    const [first = 0, second] = range as [number, number?];
    const [least, end] = second === undefined ? [0, first] : [first, second];
    const value = least + Math.floor(fine(scope.world.random) * (end - least));
    const answer = parameters.find((parameter) => typeof parameter === "function");
    return answer === undefined ? value : answerSoon(answer, value);
  }),
  replaceFunction([loose], "randomFillSync", (original) => (...parameters: [Bytes, number?, number?]) => {
    const filled = Reflect.apply(original, crypto, parameters);
    const scope = currentScope();
    if (scope !== undefined) fillPart(scope.world.random, ...parameters);
    return filled;
  }),
  replaceFunction([loose], "randomFill", (original) => (...parameters: [Bytes, ...(number | Answer<Bytes>)[]]) => {
    const scope = currentScope();
    const answer = parameters.at(-1);
    if (scope === undefined || typeof answer !== "function") return Reflect.apply(original, crypto, parameters);
    const part = parameters.slice(0, -1) as [Bytes, number?, number?];
    crypto.randomFillSync(...(part as [Buffer]));
    return answerSoon(answer as Answer<Bytes>, part[0]);
  }),
  replaceFunction([loose], "randomUUID", (original) => (...parameters: never[]) => {
    const scope = currentScope();
    return scope === undefined ? Reflect.apply(original, crypto, parameters) : scope.world.random.uuid();
  }),
  replaceFunction([loose], "randomUUIDv7", (original) => (...parameters: never[]) => {
    const scope = currentScope();
    if (scope === undefined) return Reflect.apply(original, crypto, parameters);
    return uuidOfTime(scope.world.clock.now(), scope.world.random);
  }),
  ...(["pseudoRandomBytes", "prng", "rng"] as const).map((name) => () => {
    // Old names of randomBytes, which Node makes when they are first asked for.
    void (loose as Record<string, unknown>)[name];
    return replaceFunction([loose], name, virtualBytes)();
  }),
];

const { prototype: ofWebCrypto } = Crypto as { prototype: crypto.webcrypto.Crypto };

const webCrypto: Replacement[] = [
  replaceFunction(
    [ofWebCrypto],
    "randomUUID",
    (original) =>
      function (this: crypto.webcrypto.Crypto) {
        const scope = currentScope();
        return scope === undefined ? original.call(this) : (scope.world.random.uuid() as ReturnType<typeof original>);
      },
  ),
  replaceFunction(
    [ofWebCrypto as { getRandomValues(this: crypto.webcrypto.Crypto, view: Bytes): Bytes }],
    "getRandomValues",
    (original) =>
      function (this: crypto.webcrypto.Crypto, view) {
        const filled = original.call(this, view);
        const scope = currentScope();
        if (scope !== undefined) fill(scope.world.random, view);
        return filled;
      },
  ),
];

/** Everything that gives chance and can be seeded. Keys and signatures that are made with chance of their own cannot. */
export const chance: readonly Replacement[] = [
  replaceFunction([Math], "random", (original) => () => {
    const scope = currentScope();
    return scope === undefined ? original() : scope.world.random.next();
  }),
  ...ofCrypto,
  ...webCrypto,
];
