#!/usr/bin/env node
// The command, in words that any Node can read: the version is checked first, everything else is loaded afterwards.
import "../dist/node-version.js";

import("../dist/cli/waybill.js").catch((error) => {
  process.stderr.write(`${error.stack || error}\n`);
  process.exitCode = 1;
});
