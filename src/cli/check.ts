import type { Assembly } from "../assembly/assembly.ts";
import type { Definition } from "../define/definition.ts";
import type { FileDefinition } from "../define/source.ts";
import type { SystemDefinition } from "../define/system-definition.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import { decode } from "../model/codec.ts";
import { durationText } from "../model/duration.ts";
import { learntWords } from "../watch/baselines/learnt-words.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { type DryRun, dryRun } from "./dry-run.ts";
import { effectPlan, type Plan, sourcePlan } from "./failure-plan.ts";
import { type FileThere, filesThere } from "./files-there.ts";
import type { Finding } from "./finding.ts";
import { plain, print, printJson, styled } from "./output.ts";
import { called } from "./pause.ts";
import { type ResultingRate, rateOf } from "./rates.ts";
import { sampleOf } from "./sample.ts";
import { aboutTenants } from "./tenants-lack.ts";

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
      for (const source of definition.sources) {
        if (source.kind !== "file") continue;
        const there = await filesThere(source, assembly);
        findings.push(...aboutFiles(source, there));
        if (name !== undefined)
          plans.push({ of: `files at ${source.glob} now`, what: there.map(({ path, what }) => [path, what] as const) });
      }
      const asked = await effectsOf(assembly, definition);
      findings.push(...aboutIntegration(definition, asked));
      if (name !== undefined)
        plans.push(
          ...definition.sources.map((source) => sourcePlan(source)),
          { of: "learnt so far", what: learntWords(definition, await assembly.ledger.learnt(definition.name)) },
          ...asked.effects.map((effect) => effectPlan(effect, definition)),
        );
    }
    findings.push(...(await aboutTenants(assembly, definitions)));
    const { ledger } = assembly;
    for (const risk of await ledger.risks()) findings.push({ about: `the ledger ${ledger.facts.address}`, ...risk });
    for (const { kind, name: what, atMs, actor } of await assembly.pauses.list())
      findings.push({
        about: `${kind} "${what}"`,
        problem: `is paused since ${new Date(atMs).toISOString()}, by ${actor}.`,
        hint: `npx waybill resume ${called(kind, what)} lets it go on.`,
      });
    for (const what of assembly.inactive)
      findings.push({ about: "inactive", problem: what, hint: "It does nothing in this version." });
    const rates = systemsDeclared().map(rateOf);
    if (json)
      printJson({
        ok: findings.length === 0,
        findings,
        rates,
        plan: plans.map(({ of, what }) => ({ of, ...Object.fromEntries(what) })),
      });
    else {
      printPlans(plans);
      printRates(rates);
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
  if ((system.baseUrl !== undefined || system.baseUrlOf !== undefined) && system.limits.length === 0) {
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

function aboutFiles({ glob }: FileDefinition, there: readonly FileThere[]): Finding[] {
  return there.flatMap(({ path, problem, hint }) =>
    problem === undefined
      ? []
      : [
          {
            about: `file ${path}`,
            problem: `of file("${glob}") is not read: ${problem}`,
            hint: hint ?? "It is tried again once it, its folder or its definition has changed.",
          },
        ],
  );
}

function aboutIntegration(definition: Definition, asked: DryRun & { readonly from: string }): Finding[] {
  const about = `integration "${definition.name}"`;
  const findings: Finding[] = [];
  const add = (problem: string, hint: string): void => void findings.push({ about, problem, hint });
  for (const source of definition.sources) {
    if (source.kind === "webhook" && source.verify.kind === "unverified" && source.from === undefined) {
      add(
        `anybody may send to ${source.path}.`,
        "Verify who sends: stripeWebhooks(), standardWebhooks(), hmac() or another one; or say from which addresses.",
      );
    }
  }
  for (const source of definition.sources) {
    if (source.kind === "poll" && !/\bcursor\b/.test(source.fetch.toString())) {
      add(
        "its poll uses no cursor: it reads everything each time, and what falls off the first page between two runs is missed.",
        "Ask from where the last page ended: fetch({ cursor, call }), and return the next cursor.",
      );
    }
  }
  const unseen = effectNamesIn(definition).filter((name) => !asked.effects.some((effect) => effect.name === name));
  if (unseen.length > 0) {
    add(
      `a dry deliver did not come to ${unseen.map((name) => `"${name}"`).join(", ")}, so nothing is said of it here.`,
      "waybill try NAME FILE with a record that leads there shows it.",
    );
  }
  if (asked.threw !== undefined) {
    add(
      `its effects were only read as far as a dry deliver went: ${asked.threw} (with ${asked.from}).`,
      "waybill try NAME FILE with a real sample shows more.",
    );
  }
  for (const { name, change, gathered } of asked.effects) {
    const { idempotency } = change;
    const found = gathered?.lookup !== undefined;
    if (idempotency.how === "atMostOnce" && !found)
      add(
        `effect "${name}" is sent at most once: each lost answer is held for a person.`,
        "Use byKey() or byLookup(find) where the destination has either.",
      );
    if (idempotency.how === "byKey" && idempotency.after === undefined && !found) {
      add(
        `effect "${name}" is in doubt for a person once its key window of ${durationText(idempotency.windowMs)} has passed.`,
        gathered === undefined
          ? "byKey({ after: byLookup(find) }) looks before it asks a person."
          : "A lookup for each item looks before it asks a person: batch(item, { lookup: byLookup(find) }).",
      );
    }
    if (change.expect === undefined && change.how === "http" && idempotency.how !== "natural") {
      add(
        `effect "${name}" has no expect: whatever is answered counts as what was wanted.`,
        "expect: z.object({ … }) holds an answer of another shape for a person.",
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

/** Names of effects that stand in the source of `deliver` as plain text. */
function effectNamesIn({ deliver }: Definition): readonly string[] {
  return [
    ...new Set(
      [...deliver.toString().matchAll(/\beffect\(\s*["']([^"'\n]{1,100})["']/g)].map(([, name]) => name ?? ""),
    ),
  ];
}

function printRates(rates: readonly ResultingRate[]): void {
  for (const { system, limits, text } of rates) {
    const declared = limits.length === 0 ? "" : ` (${limits.join(", ")})`;
    print(`${styled("bold", plain(system))}  ${text}${styled("dim", declared)}`);
  }
  if (rates.length > 0) print("");
}

function printPlans(plans: readonly Plan[]): void {
  for (const { of, what } of plans) {
    if (what.length === 0) continue;
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
