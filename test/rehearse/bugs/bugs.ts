import { readdirSync, readFileSync } from "node:fs";
import type { Integration } from "waybill";
import { type Fall, fallOf, fallOfPatched } from "./fall.ts";
import type { Patch } from "./patch.ts";
import { patches } from "./patches.ts";
import { blindPatches } from "./patches-blind.ts";

/** Something that is wrong on purpose. */
export interface Bug {
  readonly name: string;
  /** What is wrong, in plain words. */
  readonly what: string;
  /** Where: in an integration, or in Waybill itself. */
  readonly in: "integration" | "waybill";
  /** Whoever devised it had not read the rehearsal. */
  readonly blind: boolean;
  /** The promise that whoever devised it expected to break, or `void`. */
  readonly loses: string;
  /** Rehearses it until that shows; undefined when it does not. */
  fall(nightsMax: number): Promise<Fall | undefined>;
}

interface Wrong {
  readonly default: Integration;
  readonly loses: string;
}

/** All of them. */
export async function bugs(): Promise<readonly Bug[]> {
  const patched = (patch: Patch, blind: boolean): Bug => ({
    ...patch,
    in: "waybill",
    blind,
    fall: (nightsMax) => fallOfPatched(patch, nightsMax),
  });
  return [
    ...(await integrationsIn("integrations/", true)),
    ...(await integrationsIn("own-integrations/", false)),
    ...blindPatches.map((patch) => patched(patch, true)),
    ...patches.map((patch) => patched(patch, false)),
  ];
}

async function integrationsIn(folder: string, blind: boolean): Promise<readonly Bug[]> {
  const found: Bug[] = [];
  for (const file of readdirSync(new URL(folder, import.meta.url)).sort()) {
    const url = new URL(`${folder}${file}`, import.meta.url);
    const { default: integration, loses } = (await import(url.href)) as Wrong;
    const what = headOf(readFileSync(url, "utf8"));
    found.push({
      name: integration.name,
      what,
      in: "integration",
      blind,
      loses,
      fall: (nightsMax) => fallOf(integration, nightsMax),
    });
  }
  return found;
}

/** The comment that a file begins with. */
function headOf(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("// "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(3))
    .join(" ");
}
