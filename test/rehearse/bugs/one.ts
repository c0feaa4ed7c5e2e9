// Rehearses the integrations that are right, and prints on which night a promise broke: `node --import ./patched.ts one.ts NIGHTS`.
import { all as webhooks } from "../bodies/right.ts";
import { all as polls } from "../polls/right.ts";
import { fallOf } from "./fall.ts";
import type { Patch } from "./patch.ts";
import right from "./right.ts";

const { reads, bodies } = JSON.parse(process.env.REHEARSE_PATCH ?? "{}") as Partial<Patch>;
const fall = await fallOf(
  reads === true ? polls : bodies === true ? webhooks : right,
  Number(process.argv[2] ?? 1_000),
);
process.stdout.write(JSON.stringify({ fall }));
