// Loads one module of Waybill with something wrong in it: `node --import ./test/rehearse/bugs/patched.ts`, the patch as JSON in REHEARSE_PATCH.
import { registerHooks } from "node:module";
import type { Patch } from "./patch.ts";

const patch = JSON.parse(process.env.REHEARSE_PATCH ?? "null") as Patch | null;
let applied = false;

if (patch !== null) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/${patch.file}`)) return loaded;
      const source = String(loaded.source);
      if (source.split(patch.find).length !== 2)
        throw new Error(`${patch.name}: its text is not once in ${patch.file}`);
      applied = true;
      return { ...loaded, source: source.replace(patch.find, () => patch.replace) };
    },
  });
  process.on("exit", () => {
    if (!applied) throw new Error(`${patch.name}: ${patch.file} was never loaded`);
  });
}
