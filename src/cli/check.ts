import type { Definition } from "../define/definition.ts";
import type { AnyChange } from "../define/request.ts";
import type { SourceDefinition } from "../define/source.ts";
import type { SystemDefinition } from "../define/system-definition.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import { decode } from "../model/codec.ts";
import { durationText } from "../model/duration.ts";
import type { Assembly } from "../waybill.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { type AskedEffect, type DryRun, dryRun } from "./dry-run.ts";
import { plain, print, printJson, styled } from "./output.ts";
import { sampleOf } from "./sample.ts";

interface Finding {
  readonly about: string;
  readonly problem: string;
  readonly hint: string;
}

interface Plan {
  readonly of: string;
  readonly what: readonly (readonly [when: string, then: string])[];
}

/** `check [NAME]`: what is not designed for failure; with a name, the failure plan. */
export function check(name: string | undefined, options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const definitions =
      name === undefined
        ? [...assembly.integrations.values()].map(({ definition }) => definition)
        : [assembly.known(name).definition];
    const findings: Finding[] = [...systemsDeclared().flatMap(aboutSystem)];
    const plans: Plan[] = [];
    for (const definition of definitions) {
      const asked = await effectsOf(assembly, definition);
      findings.push(...aboutIntegration(definition, asked));
      if (name !== undefined)
        plans.push(
          ...definition.sources.map((source) => sourcePlan(source)),
          ...asked.effects.map((effect) => effectPlan(effect, definition)),
        );
    }
    for (const what of assembly.inactive)
      findings.push({ about: "inactive", problem: what, hint: "It does nothing in this version." });
    if (json)
      printJson({
        ok: findings.length === 0,
        findings,
        plan: plans.map(({ of, what }) => ({ of, ...Object.fromEntries(what) })),
      });
    else {
      printPlans(plans);
      printFindings(findings, definitions.length);
    }
    return 0;
  });
}

/** The effects that `deliver` asks for, as far as one dry run shows: of the newest record that is kept, or of a sample of the contract. */
async function effectsOf(assembly: Assembly, definition: Definition): Promise<DryRun & { readonly from: string }> {
  const { rows } = await assembly.ledger.find({
    integration: definition.name,
    states: ["delivered", "waiting", "dead", "held"],
    limit: 1,
  });
  const newest = rows[0] === undefined ? undefined : await assembly.ledger.record(rows[0].record);
  const kept = newest?.content ?? (newest?.raw === undefined ? undefined : Buffer.from(newest.raw).toString());
  const record = kept === undefined ? await outputSample(definition) : decode(kept);
  const from = kept === undefined ? "a sample of its contract" : `record ${newest?.record}`;
  if (record === undefined)
    return { effects: [], calls: [], threw: "its contract gives no sample, and no record is there yet", from };
  return { ...(await dryRun(assembly, definition, record)), from };
}

/** A sample that went through the contract, so that `deliver` gets what it would get. */
async function outputSample(definition: Definition): Promise<unknown> {
  const input = sampleOf(definition.contract, "input");
  const checked = await definition.contract["~standard"].validate(input);
  return checked.issues === undefined ? checked.value : sampleOf(definition.contract, "output");
}

function aboutSystem(system: SystemDefinition): Finding[] {
  const about = `system "${system.name}"`;
  const findings: Finding[] = [];
  if (system.baseUrl !== undefined && system.limits.length === 0) {
    findings.push({
      about,
      problem: "has no limits: a backlog would be sent as fast as it can be.",
      hint: 'Say what it bears: limits: [rate(60, "1m"), concurrent(5)].',
    });
  }
  if (system.breaker === undefined)
    findings.push({
      about,
      problem: "has no breaker: while it is down, every record uses up its attempts.",
      hint: "Leave breaker out for the default.",
    });
  return findings;
}

function aboutIntegration(definition: Definition, asked: DryRun & { readonly from: string }): Finding[] {
  const about = `integration "${definition.name}"`;
  const findings: Finding[] = [];
  const add = (problem: string, hint: string): void => void findings.push({ about, problem, hint });
  for (const source of definition.sources) {
    if (source.kind === "webhook" && source.verify.kind === "unverified") {
      add(`anybody may send to ${source.path}.`, "Verify who sends: standardWebhooks(), githubWebhooks() or hmac().");
    }
  }
  if (asked.threw !== undefined) {
    add(
      `its effects were only read as far as a dry deliver went: ${asked.threw} (with ${asked.from}).`,
      "waybill try NAME FILE with a real sample shows more.",
    );
  }
  for (const { name, change } of asked.effects) {
    const { idempotency } = change;
    if (idempotency.how === "atMostOnce")
      add(
        `effect "${name}" is sent at most once: each lost answer is held for a person.`,
        "Use byKey() or byLookup(find) where the destination has either.",
      );
    if (idempotency.how === "byKey" && idempotency.after === undefined) {
      add(
        `effect "${name}" is in doubt for a person once its key window of ${durationText(idempotency.windowMs)} has passed.`,
        "byKey({ after: byLookup(find) }) looks before it asks a person.",
      );
    }
    if (change.how === "perform" && !change.hasRequest) {
      add(
        `effect "${name}" performs without request: nobody can see that what it sends has changed.`,
        "perform({ request, run }): run gets it, and it is stored and compared.",
      );
    }
  }
  return findings;
}

function sourcePlan(source: SourceDefinition): Plan {
  switch (source.kind) {
    case "webhook":
      return {
        of: `webhook ${source.path}`,
        what: [
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
      return { of: `file ${source.glob}`, what: [["anything", "not read by this version"]] };
  }
}

function effectPlan(effect: AskedEffect, definition: Definition): Plan {
  const { change } = effect;
  const { retry } = definition;
  const target =
    change.how === "http"
      ? `${change.method} ${change.path} of ${change.system.name}`
      : `performed on ${change.system.name}`;
  const again = `tried again with pauses up to ${durationText(retry.longestMs)}, for ${durationText(retry.giveUpAfterMs)} in all`;
  return {
    of: `effect "${effect.name}" (${target}; ${howText(change)}${effect.per === "entity" ? "; once per entity" : ""})`,
    what: [
      ["timeout, reset, lost answer", onDoubt(change)],
      [
        "null or another shape in the answer",
        change.expect === undefined
          ? "not noticed: it has no expect"
          : "applied and held (answer-unexpected); never sent again",
      ],
      ["429, or 503 with Retry-After", "not applied; left alone as long as it says; waits do not count"],
      ["4xx", "refused for good: deliver may catch it, otherwise dead"],
      ["5xx", onDoubt(change)],
      ["401", "the breaker opens; records wait, and no attempt is used up"],
      ["crash", change.idempotency.how === "natural" ? "sent again" : `its intent is on disk: ${onDoubt(change)}`],
      [
        "outage",
        `the breaker opens: records wait; otherwise ${again}, then ${change.idempotency.how === "natural" ? "dead" : "dead, or held where it is in doubt"}`,
      ],
    ],
  };
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

function printPlans(plans: readonly Plan[]): void {
  for (const { of, what } of plans) {
    print(styled("bold", plain(of)));
    const width = Math.max(...what.map(([when]) => when.length));
    for (const [when, then] of what) print(`  ${when.padEnd(width)}  ${then}`);
    print("");
  }
}

function printFindings(findings: readonly Finding[], count: number): void {
  if (findings.length === 0)
    return print(
      styled("green", `✓ ${count} ${count === 1 ? "integration is" : "integrations are"} designed for failure.`),
    );
  for (const { about, problem, hint } of findings) {
    print(`${styled("yellow", "!")} ${plain(about)} ${plain(problem)}`);
    print(styled("dim", `  ${plain(hint)}`));
  }
}
