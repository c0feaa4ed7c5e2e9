// What `npm test` needs beside npm's packages, got before it runs. Tests get it by themselves as well; this says what is missing before they begin.
import { type ComponentName, components, programsOf } from "./components.ts";

for (const name of Object.keys(components) as ComponentName[]) {
  try {
    for (const [program, path] of Object.entries(programsOf(name))) console.log(`${program}: ${path}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
