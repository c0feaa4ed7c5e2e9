// Loads one module of Waybill with something wrong in it: `node --import ./test/rehearse/bugs/patched.ts`, the patch as JSON in REHEARSE_PATCH.
import { registerHooks } from "node:module";
import type { Patch } from "./patch.ts";

const patch = JSON.parse(process.env.REHEARSE_PATCH ?? "null") as Patch | null;
const missing = new Set(patch === null ? [] : [patch, ...(patch.also ?? [])]);

if (patch !== null) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      let source: string | undefined;
      for (const one of missing) {
        if (!url.endsWith(`/${one.file}`)) continue;
        source ??= String(loaded.source);
        if (source.split(one.find).length !== 2) throw new Error(`${patch.name}: its text is not once in ${one.file}`);
        source = source.replace(one.find, () => one.replace);
        missing.delete(one);
      }
      return source === undefined ? loaded : { ...loaded, source };
    },
  });
  process.on("exit", () => {
    for (const { file } of missing) throw new Error(`${patch.name}: ${file} was never loaded`);
  });
}
