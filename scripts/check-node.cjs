// Every npm script starts here, because `npm run` quietly takes the system's Node when the development dependency `node`
// was not installed (`npm ci --ignore-scripts`). Any Node can read this file: no newer syntax, no import it may lack.
"use strict";

/** One line that says which Node is needed and how to get it, or undefined when `version` is new enough. */
function nodeTooOldHere(version, engines) {
  const numbers = (text) => text.split(".").map(Number);
  const needed = engines.replace(">=", "");
  const [major, minor] = numbers(version);
  const [majorMin, minorMin] = numbers(needed);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return undefined;
  return (
    `These scripts need Node ${needed} or newer, and this is Node ${version}. ` +
    "`npm ci` without --ignore-scripts installs it here; or `nvm install 24`, or https://nodejs.org/en/download."
  );
}

module.exports = { nodeTooOldHere };

if (require.main === module) {
  const problem = nodeTooOldHere(process.versions.node, require("../package.json").engines.node);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}
