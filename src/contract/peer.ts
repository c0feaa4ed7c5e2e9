import { createRequire } from "node:module";
import { type Declared, refuse } from "../model/options.ts";

const require = createRequire(import.meta.url);

/** A library that is only there where somebody installed it, because it is large and few need it. Asked for when the helper is declared. */
export function peer<T>(thing: Declared, name: string, entry: string = name): T {
  try {
    return require(entry) as T;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== "MODULE_NOT_FOUND") throw thrown;
    refuse(thing, `it needs the package ${name}, which is not installed.`, `npm install ${name}`);
  }
}
