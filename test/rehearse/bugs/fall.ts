import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Integration } from "waybill";
import { rehearse } from "waybill/rehearse";
import type { Patch } from "./patch.ts";

/** On which night a bug fell, and by what. */
export interface Fall {
  readonly night: number;
  /** A promise, `void`, or `named` where no simulation can know, and the report says what to look up. */
  readonly promise: string;
  readonly story: readonly string[];
}

/** Nights are played in lots, each with a seed of its own, so that the first one that shows it ends it. */
const lot = 10;

/** Rehearses something that is wrong until that shows. Undefined when it does not within `nightsMax` nights. */
export async function fallOf(
  integration: Integration | readonly Integration[],
  nightsMax = 1_000,
): Promise<Fall | undefined> {
  let named: Fall | undefined;
  for (let before = 0; before < nightsMax; before += lot) {
    const report = await rehearse(integration, { nights: lot, seed: 1 + before });
    // Nothing means anything then, what broke neither.
    if (report.void) return { night: before + 1, promise: "void", story: report.summary.split("\n").slice(1) };
    const first = report.failures.toSorted((one, other) => one.night - other.night)[0];
    if (first !== undefined) return { night: before + first.night, promise: first.promise, story: first.story };
    named ??= report.notExercised
      .filter((what) => what.includes("declared natural"))
      .map((what): Fall => ({ night: before + lot, promise: "named", story: [what] }))[0];
  }
  return named;
}

/** The same of a wrong patch of Waybill, in a process of its own: of integrations that are right. */
export async function fallOfPatched(patch: Patch, nightsMax = 1_000): Promise<Fall | undefined> {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(
    process.execPath,
    ["-C", "waybill-source", "--import", file("patched.ts"), file("one.ts"), String(nightsMax)],
    { env: { ...process.env, REHEARSE_PATCH: JSON.stringify(patch) }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [out, wrong, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(`${patch.name} ended by ${code}:\n${wrong}`);
  return (JSON.parse(out) as { fall?: Fall }).fall;
}
