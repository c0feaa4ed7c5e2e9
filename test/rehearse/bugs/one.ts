// Rehearses the integrations that are right, and prints on which night a promise broke: `node --import ./patched.ts one.ts NIGHTS`.
import { fallOf } from "./fall.ts";
import right from "./right.ts";

process.stdout.write(JSON.stringify({ fall: await fallOf(right, Number(process.argv[2] ?? 1_000)) }));
