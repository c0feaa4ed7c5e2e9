import type { Patch } from "./patch.ts";

/** Wrong patches of Waybill itself, devised by those who wrote the rehearsal. */
export const patches: readonly Patch[] = [
  {
    name: "doubt-is-no",
    what: "An effect whose answer was lost counts as one that was not applied.",
    file: "src/flow/attempt.ts",
    find: "  let state = stateAfter(outcome, inDoubtBefore);",
    replace: '  let state = outcome.name === "in-doubt" ? "not-applied" : stateAfter(outcome, inDoubtBefore);',
    loses: "nothing is done twice",
  },
  {
    name: "doubtful-batch-is-void",
    what: "A call for several records whose answer was lost is void, and what it carried goes into another call.",
    file: "src/flow/gather.ts",
    find: '  return outcome.name === "done" || outcome.name === "in-doubt" || outcome.name === "pending";',
    replace: '  return outcome.name === "done" || outcome.name === "pending";',
    loses: "nothing is done twice",
  },
  {
    name: "entity-forgotten",
    what: "An effect that is made once for an entity is made once for each of its records.",
    file: "src/flow/effect.ts",
    find: '  const perEntity = options?.per === "entity";',
    replace: "  const perEntity = false as boolean;",
    loses: "nothing is done twice",
  },
  {
    name: "short-window",
    what: "A call counts against a limit for a tenth less than the window of the limit.",
    file: "src/systems/rolling.ts",
    find: "    this.#ends[at] = nowMs;",
    replace: "    this.#ends[at] = nowMs - this.perMs / 10;",
    loses: "no system gets more than its limits",
  },
  {
    name: "cursor-before-its-records",
    what: "The cursor of a poll is stored before the records of its page, and not with them.",
    file: "src/sources/poll-run.ts",
    find: "  const taken = await tools.intake.take(feed, page.items, { cursor: move, tenant: feed.tenant?.id, inside });",
    replace:
      "  await tools.ledger.setCursor({ ...move, force: true });\n  const taken = await tools.intake.take(feed, page.items, { cursor: undefined, tenant: feed.tenant?.id, inside });",
    loses: "what the source showed is not lost",
    reads: true,
  },
  {
    name: "renamed-is-new",
    what: "An effect under a name that is new to a record is made at once, whatever was made under names that the code no longer asks for.",
    file: "src/flow/orphans.ts",
    find: "  if (orphansOf(run, entityEffects.values()).length === 0) return;\n  run.busy",
    replace: "  if (orphansOf(run, entityEffects.values()).length >= 0) return;\n  run.busy",
    loses: "nothing is done twice",
  },
  {
    name: "name-in-a-path",
    what: "An effect counts as one that the code still asks for when its name stands anywhere in it, such as in a path.",
    file: "src/flow/orphans.ts",
    find: "code.includes(mark + name + mark)",
    replace: "code.includes(name)",
    loses: "nothing is done twice",
  },
  {
    name: "formerly-unheard",
    what: "Code that says what a renamed effect was called before is not heard.",
    file: "src/flow/effect.ts",
    find: "known.get(name) ?? (options?.formerly === undefined ? undefined : known.get(options.formerly))",
    replace: "known.get(name)",
    loses: "good records are delivered, and broken ones quarantined",
  },
];
