#!/usr/bin/env node
// The command, in words that any Node can read: the version is checked first, everything else is loaded afterwards.
import "../dist/node-version.js";
import module from "node:module";
import { join } from "node:path";

// Compiled code is kept between runs, in a folder of this user's own: Node's default is shared by everybody on the machine.
const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = process.env;
const caches = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
if (caches && !NODE_COMPILE_CACHE) module.enableCompileCache(join(caches, "waybill"));

import("../dist/cli/waybill.js").catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exitCode = 1;
});
