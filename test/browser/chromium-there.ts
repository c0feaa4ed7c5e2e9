// Before the tests: gets Chromium where there is none, or says how to.
import { chromiumPath } from "./chromium.ts";

try {
  chromiumPath();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
