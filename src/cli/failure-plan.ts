import type { Definition } from "../define/definition.ts";
import type { AnyChange, GatheredChange } from "../define/request.ts";
import type { FileDefinition, SourceDefinition } from "../define/source.ts";
import { jobCheckOf } from "../flow/stand-in.ts";
import { durationText } from "../model/duration.ts";
import type { AskedEffect } from "./dry-run.ts";
import { verifiedText } from "./verifier-words.ts";

// The failure plan: per source and effect, what happens on each thing that can go wrong. It says in words what flow does, by the same values.

export interface Plan {
  readonly of: string;
  readonly what: readonly (readonly [when: string, then: string])[];
}

/** What happens to a notice between its acknowledgement and its record. */
const loadPlan: Plan["what"] = [
  ["a notice names no entity", "202, and quarantined: there is nothing to load"],
  [
    "its entity cannot be fetched now",
    "the notice is durable: tried again with growing pauses, one of an entity at a time",
  ],
  ["its entity is refused for good (404)", "dead; with orAbsent filtered"],
  ["what is loaded breaks the contract", "quarantined; releasing it loads it again"],
  ["what is loaded came before", "discarded as a duplicate"],
];

/** What happens to what comes from a source. */
export function sourcePlan(source: SourceDefinition): Plan {
  switch (source.kind) {
    case "webhook":
      return {
        of: `webhook ${source.path}`,
        what: [
          ["verified", verifiedText(source)],
          ["forged, stale or too large", "refused (401, 413), counted with a sample; never a record"],
          ["unreadable", "refused with 400 or 415"],
          ["breaks the contract", "202, and quarantined with path, rule and what was found"],
          [
            "the same again",
            "202, counted as a duplicate; other content under the same id is quarantined as a conflict",
          ],
          ["null where a value should be", "as the contract says; what breaks it is quarantined"],
          ["ledger full or failing", "503 with Retry-After: the sender comes again"],
          ["crash before the commit", "no answer: the sender comes again"],
          ...(source.load === undefined ? [] : loadPlan),
        ],
      };
    case "poll":
      return {
        of: `poll ${source.name ?? ""}`.trim(),
        what: [
          [
            "fetch throws, hangs or answers nonsense",
            `the cursor stays; tried again with growing pauses; ended after ${durationText(source.timeoutMs)}`,
          ],
          ["429", "left alone as long as it says"],
          ["crash in the middle", "records and cursor commit together: the page is read again"],
          ["down for days", "runs once when it is back; missed runs do not pile up"],
        ],
      };
    case "push":
      return {
        of: "push",
        what: [
          ["breaks the contract", "taken and quarantined; a line that cannot be read spoils only itself"],
          ["ledger full or failing", "send() rejects: whoever sends comes again"],
        ],
      };
    case "file":
      return filePlan(source);
  }
}

function filePlan({ glob, settleMs, ready, after, brokenAtMost }: FileDefinition): Plan {
  const most = "rows" in brokenAtMost ? `${brokenAtMost.rows} rows` : `${brokenAtMost.share * 100}% of its rows`;
  const put = after === "keep" ? "stays" : after === "delete" ? "is deleted" : `moves to ${after.archive}`;
  return {
    of: `file ${glob}`,
    what: [
      [
        "still being written",
        ready === undefined
          ? `left alone until nothing has changed for ${durationText(settleMs)}`
          : `left alone until ${ready} is there`,
      ],
      ["delimiter or encoding cannot be told", "not read; the reason says what to declare"],
      ["a row breaks the format", "quarantined by itself with its line and its bytes; the rest goes on"],
      ["breaks the contract", "quarantined with path, rule, what was found, file and line"],
      ["too many break", `beyond ${most} the file stops where it is, and says so`],
      ["the same content again", "not read again, whatever its name"],
      ["the same row again", "a duplicate; other content under the same id is quarantined as a conflict"],
      ["changed, replaced or cut while it is read", "read again once it is still; what was taken is a duplicate"],
      ["grows after it was read", "what was appended is read"],
      ["crash in the middle", "rows and progress commit together: it goes on with the next row"],
      ["folder gone, permission denied", "told once, and tried again until it can be read"],
      ["read to its end", put],
    ],
  };
}

/** What happens to an effect. */
export function effectPlan(effect: AskedEffect, definition: Definition): Plan {
  const { change, gathered } = effect;
  const { retry } = definition;
  const doubt = gathered === undefined ? onDoubt(change) : onSharedDoubt(gathered, change);
  const target =
    change.how === "http"
      ? `${change.method} ${change.path} of ${change.system.name}`
      : `performed on ${change.system.name}`;
  const again = `tried again with pauses up to ${durationText(retry.longestMs)}, for ${durationText(retry.giveUpAfterMs)} in all`;
  const { undo } = effect;
  return {
    of: `effect "${effect.name}" (${target}; ${howText(change)}${gathered === undefined ? "" : `; with others, by batch "${gathered.batch.name}"`}${effect.per === "entity" ? "; once per entity" : ""})`,
    what: [
      ...batchPlan(effect),
      ["timeout, reset, lost answer", doubt],
      [
        "null or another shape in the answer",
        change.expect === undefined
          ? "not noticed: it has no expect"
          : "applied and held (answer-unexpected); never sent again",
      ],
      ...jobPlan(change),
      ["429, or 503 with Retry-After", "not applied; left alone as long as it says; waits do not count"],
      ["4xx", "refused for good: deliver may catch it, otherwise dead"],
      ["5xx", doubt],
      ["401", "the breaker opens; records wait, and no attempt is used up"],
      ["crash", change.idempotency.how === "natural" ? "sent again" : `its intent is on disk: ${doubt}`],
      ...(undo === undefined
        ? []
        : [["a person discards the record", `undone first, the latest effect first: ${undo}`] as const]),
      [
        "outage",
        `the breaker opens: records wait; otherwise ${again}, then ${change.idempotency.how === "natural" ? "dead" : "dead, or held where it is in doubt"}`,
      ],
    ],
  };
}

/** What happens to an item that goes with others. */
function batchPlan({ gathered }: AskedEffect): Plan["what"] {
  if (gathered === undefined) return [];
  const { most, lingerMs } = gathered.batch;
  const missing = gathered.lookup === undefined ? "held for a person" : "looked up";
  return [
    [
      "others",
      `at most ${most} items in one call, each waiting at most ${durationText(lingerMs)}; each settled by itself`,
    ],
    ["the answer lacks it, or has too many", `in doubt; ${missing}`],
    ["refused for what one item holds", "400, 409, 413, 422: halved until the bad one stands alone"],
  ];
}

function onSharedDoubt({ lookup }: GatheredChange, { idempotency }: AnyChange): string {
  const then =
    lookup === undefined
      ? "held for a person"
      : `looked up, and sent again only when it is not there ${durationText(lookup.visibleAfterMs)} after it could last have been sent`;
  if (idempotency.how === "natural") return "sent again: repeating it is harmless";
  if (idempotency.how !== "byKey") return `each item is in doubt; ${then}`;
  return `in doubt; the whole call is sent again with the same bytes and key for ${durationText(idempotency.windowMs)}, after that each item is ${then}`;
}

/** What happens once it was accepted, where its answer only accepts it. */
function jobPlan(change: AnyChange): Plan["what"] {
  const { confirming } = change;
  if (confirming === undefined) return [];
  const check = jobCheckOf(change);
  const by = check?.how === "http" ? `${check.method} ${check.path} of ${check.system.name}` : "its check";
  const within = durationText(confirming.withinMs);
  return [
    [
      "accepted (any whole 2xx)",
      `stored, and not sent again; asked for by ${by} every ${durationText(confirming.everyMs)}`,
    ],
    ["its job runs", "the record waits, uncounted, and holds nothing meanwhile"],
    ["its job failed", 'refused for good, or made again under a new key where read throws later("…")'],
    ["its job is not known (404, 410)", onDoubt(change)],
    ["a check fails", "it says nothing of the job: asked again"],
    [`its job does not end within ${within}`, "held (unconfirmed): --reread asks once more"],
  ];
}

function howText({ idempotency }: AnyChange): string {
  if (idempotency.how !== "byKey") return idempotency.how;
  return `byKey for ${durationText(idempotency.windowMs)}${idempotency.after === undefined ? "" : ", then byLookup"}`;
}

function onDoubt({ idempotency }: AnyChange): string {
  switch (idempotency.how) {
    case "natural":
      return "sent again: repeating it is harmless";
    case "byKey":
      return `in doubt; sent again with the same key for ${durationText(idempotency.windowMs)}, after that ${idempotency.after === undefined ? "held for a person" : "looked up first"}`;
    case "byLookup":
      return `in doubt; looked up at once, and sent again only when it is not there ${durationText(idempotency.visibleAfterMs)} after it could last have been sent`;
    case "atMostOnce":
      return "in doubt; held for a person, never sent again by itself";
  }
}
