// The first import of every entry point (the library's three and the command's). Modules are evaluated in order, so on a
// Node that is too old this line speaks before anything that Node cannot run does. That only works while every *other*
// module can be loaded there: what an old Node lacks (`node:sqlite`) is imported inside the store's own thread.
//
// Written so that any Node that knows modules can read it: no newer syntax, no import.

/** The oldest Node that Waybill runs on, as `engines` in package.json says it. */
export const nodeVersionMin = "24.15";

/**
 * Says in one line which Node is needed and how to get it, or nothing when `version` is new enough.
 *
 * @example
 * nodeTooOld("24.15.0"); // undefined
 * nodeTooOld("20.20.2"); // "waybill needs Node 24.15 or newer, and this is Node 20.20.2. …"
 */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [majorMin = 0, minorMin = 0] = nodeVersionMin.split(".").map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return undefined;
  return (
    `waybill needs Node ${nodeVersionMin} or newer, and this is Node ${version}. ` +
    "In this project: `npm install --save-dev node@24`, then start it with npx or an npm script. " +
    "On this machine: `nvm install 24`, or https://nodejs.org/en/download."
  );
}

/** Throws when this Node is too old; nobody who does not catch it sees more than the one line. */
function refuseOldNode(): void {
  const problem = nodeTooOld(process.versions.node);
  if (problem === undefined) return;
  const error = Object.assign(new Error(problem), { code: "node-too-old" });
  // Node would bury the line in a stack of its own modules.
  process.prependOnceListener("uncaughtException", (thrown) => {
    if (thrown !== error) throw thrown;
    process.stderr.write(`${problem}\n`);
    process.exit(2);
  });
  throw error;
}

refuseOldNode();
