import {
  checkFunction,
  checkOptions,
  checkRequired,
  checkText,
  checkWhole,
  checkZone,
  type Declared,
  durationOption,
  refuse,
  shown,
} from "../model/options.ts";
import type { Definition, DriftOptions, Reconcile, Retry, Volume } from "./definition.ts";
import type { Source, SourceDefinition } from "./source.ts";

// The parts of an integration's definition, checked one by one.

const retryKnown = { giveUpAfter: true, first: true, longest: true } satisfies Record<keyof Retry, true>;
const volumeKnown = { atLeast: true, atMost: true, per: true, during: true, zone: true } satisfies Record<
  keyof Volume,
  true
>;
const reconcileKnown = { source: true, destination: true } satisfies Record<keyof Reconcile, true>;
const sourceKinds: readonly unknown[] = ["push", "webhook", "poll", "file"];

/** The sources, each once, and so that their cursors and paths can be told apart. */
export function sourcesOf(thing: Declared, given: Source | readonly Source[]): readonly SourceDefinition[] {
  const sources = (Array.isArray(given) ? given : [given]) as readonly SourceDefinition[];
  if (sources.length === 0) refuse(thing, "its list of sources is empty.", "Such as source: push().");
  for (const source of sources) {
    if (typeof source !== "object" || source === null || !sourceKinds.includes(source.kind)) {
      const hint =
        typeof source === "function" ? "Call it: push()." : "Make it with webhook(…), poll(…), push() or file(…).";
      refuse(thing, `source is ${shown(source)}.`, hint);
    }
  }
  const seen = new Map<string, SourceDefinition>();
  for (const source of sources) {
    const name = nameOf(source);
    const twin = seen.get(name);
    if (twin !== undefined) refuseTwins(thing, name, source, twin);
    seen.set(name, source);
  }
  return Object.freeze([...sources]);
}

function refuseTwins(thing: Declared, name: string, source: SourceDefinition, twin: SourceDefinition): never {
  if (source.kind === "poll" && source !== twin) {
    const hint = 'The cursor is kept under the name: poll({ name: "recent", … }) and poll({ name: "archive", … }).';
    refuse(
      thing,
      source.name === undefined ? "it has two polls without a name." : `it has two polls named "${source.name}".`,
      hint,
    );
  }
  refuse(thing, `the source ${name} is given twice.`, "Every record would come twice: leave one out.");
}

/** What tells the sources of one integration apart. */
function nameOf(source: SourceDefinition): string {
  switch (source.kind) {
    case "push":
      return "push()";
    case "webhook":
      return `webhook("${source.path}")`;
    case "poll":
      return `poll(${source.name === undefined ? "" : `"${source.name}"`})`;
    case "file":
      return `file("${source.glob}")`;
  }
}

export function retryOf(thing: Declared, given: Retry | undefined): Definition["retry"] {
  const retry = given ?? {};
  checkOptions(thing, retry, retryKnown, "retry");
  const giveUpAfterMs = durationOption(thing, "retry.giveUpAfter", retry.giveUpAfter, "3d", {
    min: "0s",
    max: "3650d",
  });
  const firstMs = durationOption(thing, "retry.first", retry.first, "1s", { min: "1ms", max: "30d" });
  const longestMs = durationOption(
    thing,
    "retry.longest",
    retry.longest,
    retry.first !== undefined && firstMs > 900_000 ? retry.first : "15m",
    {
      min: "1ms",
      max: "30d",
    },
  );
  if (longestMs < firstMs) {
    refuse(
      thing,
      `retry.longest is "${retry.longest}", and retry.first is "${retry.first ?? "1s"}", which is longer.`,
      "Pauses grow from the first to the longest.",
    );
  }
  return Object.freeze({ giveUpAfterMs, firstMs, longestMs });
}

const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const days = `${day}(?:-${day})?(?:,${day}(?:-${day})?)*`;
const time = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const hours = `${time}-(?:${time}|24:00)`;
const duringForm = new RegExp(`^(?:${days}|${hours}|${days} ${hours})$`);

export function checkVolume(thing: Declared, volume: Volume): void {
  checkOptions(thing, volume, volumeKnown, "volume");
  const { atLeast, atMost, during, zone } = volume;
  if (zone !== undefined) checkZone(thing, "volume.zone", zone);
  const isLearnt = atLeast === undefined && atMost === undefined;
  // Only in which zone its week is learnt.
  if (isLearnt && zone !== undefined && volume.per === undefined && during === undefined) return;
  if (isLearnt) {
    refuse(
      thing,
      "volume says neither atLeast nor atMost.",
      'Such as { atLeast: 1, per: "1h" }: an hour without a record raises an alert.',
    );
  }
  for (const [name, count] of [
    ["atLeast", atLeast],
    ["atMost", atMost],
  ] as const) {
    if (count !== undefined) checkWhole(thing, `volume.${name}`, count, { min: 0, max: 1_000_000_000 });
  }
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
    refuse(thing, `volume.atLeast is ${atLeast}, and volume.atMost is ${atMost}, which is less.`);
  }
  if (volume.per === undefined) refuse(thing, '"volume.per" is missing.', 'Such as per: "1h".');
  durationOption(thing, "volume.per", volume.per, "1h", { min: "1s", max: "366d" });
  if (during === undefined) return;
  checkText(thing, "volume.during", during);
  if (!duringForm.test(during)) {
    refuse(
      thing,
      `volume.during is ${shown(during)}, which cannot be read.`,
      'Days, hours or both: "Mon-Fri 08:00-18:00", "Mon,Wed", "06:00-22:00".',
    );
  }
}

/** A path as drift names it; how each begins is not known before records come. */
const pathForm = /^[^.[\]]+(?:\[\]|\.[^.[\]]+)*$/;

export function checkDrift(thing: Declared, drift: DriftOptions): void {
  checkOptions(thing, drift, { ignore: true } satisfies Record<keyof DriftOptions, true>, "drift");
  const { ignore } = drift;
  if (!Array.isArray(ignore) || ignore.length === 0)
    refuse(
      thing,
      `drift.ignore is ${Array.isArray(ignore) ? "an empty list" : shown(ignore)}.`,
      'Name paths: drift: { ignore: ["customer.tags", "lines[].note"] }.',
    );
  for (const path of ignore as readonly unknown[]) {
    if (typeof path === "string" && pathForm.test(path)) continue;
    const hint = 'Write it as alerts do: "customer.tags", "lines[].note".';
    refuse(thing, `drift.ignore names ${shown(path)}, which is no path.`, hint);
  }
}

export function checkReconcile(thing: Declared, reconcile: Reconcile): void {
  checkOptions(thing, reconcile, reconcileKnown, "reconcile");
  const needs = {
    source: "reconcile needs both sides: async *source({ call }) lists what should be there.",
    destination: "reconcile needs both sides: async *destination({ call }) lists what is there.",
  };
  checkRequired(thing, reconcile, needs, "reconcile");
  checkFunction(thing, "reconcile.source", reconcile.source);
  checkFunction(thing, "reconcile.destination", reconcile.destination);
}
