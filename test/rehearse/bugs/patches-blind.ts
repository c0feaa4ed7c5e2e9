import type { Patch } from "./patch.ts";

/** Wrong patches of Waybill itself, devised by somebody who has not read the rehearsal. */
export const blindPatches: readonly Patch[] = [
  {
    name: "key-counts-attempts",
    what: "Each attempt at an effect is prepared anew, under a key that ends in the number of the attempt.",
    file: "src/flow/attempt.ts",
    find: `  const request = JSON.parse(intended.request) as StoredRequest;
  const options = {
    call: callOf(run, "effect", effect.name),
    span,
    tenant: run.tenant,
    signal: run.handle.signal,
    beforeSend: () => onItsWay(run, permit),
    idempotencyKey: effect.idempotencyKey,
`,
    replace: `  const idempotencyKey = \`\${effect.idempotencyKey}-\${intended.attempts}\`;
  const request: StoredRequest = systems.prepare(change, idempotencyKey);
  const options = {
    call: callOf(run, "effect", effect.name),
    span,
    tenant: run.tenant,
    signal: run.handle.signal,
    beforeSend: () => onItsWay(run, permit),
    idempotencyKey,
`,
    loses: "nothing is done twice",
  },
  {
    name: "intent-taken-for-unsent",
    what: "An effect whose intent is on the disk and whose outcome is not, as after a kill, is taken for one that was not sent.",
    file: "src/flow/step.ts",
    find: `    case "not-applied":
      return "send";
    case "intended":
    case "doubt":
`,
    replace: `    case "not-applied":
    case "intended":
      return "send";
    case "doubt":
`,
    loses: "nothing is done twice",
  },
  {
    name: "gateway-errors-not-applied",
    what: "A 502, 503 or 504 to a write counts as not applied, although what stands behind the gateway may have done it.",
    file: "src/systems/classify.ts",
    find: `  if (stop !== undefined) return { outcome: "unavailable", why, afterMs: stop.afterMs, absurd: stop.absurd };
  return doubt(of, why);
`,
    replace: `  if (stop !== undefined || (answer.status >= 502 && answer.status <= 504))
    return { outcome: "unavailable", why, afterMs: stop?.afterMs, absurd: stop?.absurd === true };
  return doubt(of, why);
`,
    loses: "nothing is done twice",
  },
  {
    name: "absence-believed-at-once",
    what: "Once an attempt has ended in doubt, a lookup that finds nothing is believed at once, without waiting for visibleAfter.",
    file: "src/flow/doubt.ts",
    find: "  const believedFromMs = believedAbsentFromMs(stored.lastSentMs, lookup.visibleAfterMs);\n",
    replace: `  const believedFromMs =
    stored.state === "doubt" ? run.nowMs : believedAbsentFromMs(stored.lastSentMs, lookup.visibleAfterMs);
`,
    loses: "nothing is done twice",
  },
  {
    name: "lost-put-taken-for-done",
    what: "A natural effect that got no whole answer counts as done, because a natural effect is never in doubt.",
    file: "src/flow/effect.ts",
    find: `      if (isInDoubt(effect) && outcome.name === "in-doubt" && canTellNow(change))
`,
    replace: `      if (!isInDoubt(effect)) return undefined;
      if (outcome.name === "in-doubt" && canTellNow(change))
`,
    loses: "what is delivered was done",
  },
  {
    name: "edit-dropped-while-waiting",
    what: "Other content under a known id is taken for a duplicate, and dropped, while the first record still waits.",
    file: "src/ledger/desk/intake.ts",
    find: `      row.sameId === "ignore" ||
      saysTheSame(`,
    replace: `      row.sameId === "ignore" ||
      stateNow(mark.record) === "waiting" ||
      saysTheSame(`,
    loses: "what was acknowledged is not lost",
  },
  {
    name: "failed-head-is-passed",
    what: "A record that goes back to be tried later, or that a kill left in hand, lets the next one of its key go first.",
    file: "src/ledger/desk/due.ts",
    find: "      if (next !== undefined && next < row.head) {\n",
    replace: "      if (next !== undefined) {\n",
    loses: "records of one key are delivered in order",
  },
  {
    name: "lost-answers-give-permits-back",
    what: "A call whose outcome is in doubt gives its permits back as if it had never been sent.",
    file: "src/systems/gate.ts",
    find: '    if (outcome === undefined || outcome.sent === "no") {\n',
    replace: '    if (outcome === undefined || outcome.sent === "no" || outcome.name === "in-doubt") {\n',
    loses: "no system gets more than its limits",
  },
  {
    name: "broken-again-not-counted",
    what: "What breaks the contract and comes once more is counted as received, and not as a duplicate.",
    file: "src/ledger/desk/intake.ts",
    find: "    if (mark !== undefined) return duplicate(coming.book, mark.record);\n",
    replace: `    if (mark !== undefined)
      return { record: mark.record, state: stateNow(mark.record), duplicate: true, claimed: undefined };
`,
    loses: "the books balance",
  },
  {
    name: "recovered-leaves-its-queue",
    what: "After a restart, what a worker had in hand is taken out of the queue of its key in place of being put back.",
    file: "src/ledger/sqlite/recover.ts",
    find: "      due.later(row, nowMs, nowMs);\n",
    replace: "      due.leave(row, record, nowMs);\n",
    loses: "every record settles, or waits for a person with a reason",
  },
  {
    name: "given-back-only-once",
    what: "A record whose settlement could not be written is given back once; if the ledger fails then too, it stays in hand.",
    file: "src/flow/dispatch.ts",
    find: '        if (error instanceof WaybillError && error.code === "ledger-closed") return;\n',
    replace: "        if (error instanceof WaybillError) return;\n",
    loses: "every record settles, or waits for a person with a reason",
  },
  {
    name: "raw-after-the-first-run",
    what: "A record that is claimed again, after a failure or a restart, reaches deliver as it came, not as its contract made it.",
    file: "src/ledger/sqlite/claim.ts",
    find: '      content: content ?? (typeof raw === "string" ? raw : Buffer.from(raw).toString()),\n',
    replace: '      content: typeof raw === "string" ? raw : (content ?? Buffer.from(raw).toString()),\n',
    loses: "good records are delivered, and broken ones quarantined",
  },
  {
    name: "refused-secret-no-longer-hidden",
    what: "A secret that was refused with a 401 is no longer redacted, and the refusal that quotes it is kept as it came.",
    file: "src/systems/secrets.ts",
    find: `    forget(name) {
      values.delete(name);
    },
`,
    replace: `    forget(name) {
      const refused = values.get(name);
      if (refused !== undefined) redaction.forget(name, refused);
      values.delete(name);
    },
`,
    loses: "no secret leaves",
  },
];
