import assert from "node:assert/strict";
import { test } from "node:test";
import { type Browser, dryRun, hiddenIn, pages, sent, viewerToken } from "./pages.ts";

// Several people work at once, and one decides about many: nothing is done twice, and never more than was shown.

test("of two people on one record the second is told that it has changed, and nothing is done twice", async (t) => {
  const all = await pages(t);
  const [ann, ben] = [await all.person("ann"), await all.person("ben")];
  const record = all.records.quarantined;
  const [page, deed] = [`/records/${record}`, `records/${record}/discard`];
  const [first, second] = [await ann.form(page, deed), await ben.form(page, deed)];
  assert.equal((await ann.post(`/${deed}`, { ...first, why: "a test order" })).status, 303);
  const late = await ben.post(`/${deed}`, { ...second, why: "not ours" });
  assert.equal(late.status, 409);
  assert.match(await late.text(), /role="alert">[^<]*(changed|discarded)[^<]*</);
  const whole = await all.at.assembly.ledger.record(record);
  assert.deepEqual(
    whole?.timeline.filter(({ what }) => what === "discarded").map(({ actor }) => actor),
    ["ann"],
  );
});

test("of two people who send a dead order again at the same time one does, and the other side is asked no more than once again", async (t) => {
  const all = await pages(t);
  const record = all.records.dead;
  const deed = `records/${record}/replay`;
  const people = await Promise.all(["ann", "ben", "cem"].map((name) => all.person(name)));
  const forms = await Promise.all(people.map((one) => one.form(`/records/${record}`, deed)));
  const answers = await Promise.all(people.map((one, at) => one.post(`/${deed}`, { ...forms[at], why: "x" })));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, 409, 409]);
  await all.at.assembly.settled(undefined, 20_000);
  const whole = await all.at.assembly.ledger.record(record);
  assert.equal(whole?.timeline.filter(({ what }) => what === "replayed").length, 1);
});

test("what would be done is said without doing it, for one record and for all of one cause", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  const before = await all.ledger();
  const tried = async (browser: Browser, page: string, deed: string, more: Record<string, string>): Promise<string> => {
    const answer = await browser.post(`/${deed}`, {
      ...(await browser.form(page, deed)),
      why: "x",
      dryRun: "true",
      ...more,
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  };
  const { quarantined, dead, held } = all.records;
  assert.match(
    await tried(ann, `/records/${quarantined}`, `records/${quarantined}/discard`, {}),
    /Nothing was changed/,
  );
  assert.match(await tried(ann, `/records/${dead}`, `records/${dead}/replay`, {}), /Nothing was changed/);
  assert.match(
    await tried(ann, `/records/${held}`, `records/${held}/resolve`, { how: "notApplied" }),
    /Nothing was changed/,
  );
  for (const [inbox, action, more] of [
    ["quarantine", "discard", {}],
    ["quarantine", "release", {}],
    ["quarantine", "edit", { path: "total", value: "1" }],
    ["dead", "replay", {}],
    ["dead", "discard", {}],
    ["held", "resolve", { how: "notApplied" }],
  ] as const) {
    const text = await tried(ann, `/inboxes/${inbox}?integration=orders`, `inboxes/${inbox}/${action}`, more);
    assert.match(text, new RegExp(`What ${action} would do`));
  }
  assert.equal(await all.ledger(), before);
});

test("a decision about many is about those that were shown, whatever narrowed them, and about no other", async (t) => {
  const all = await pages(t);
  const other = await sent(all.at, { id: "D-2", total: 1, does: "refused" });
  await all.at.assembly.settled(undefined, 20_000);
  const ann = await all.person("ann");
  const deed = "inboxes/dead/discard";
  const read = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  for (const [narrow, count] of [
    ["", "2"],
    ["&search=D-2", "1"],
    ["&key=D-2", "1"],
    ["&id=D-2", "1"],
    ["&entity=D-2", "1"],
  ]) {
    const page = `/inboxes/dead?integration=orders${narrow}`;
    assert.equal(read(await (await ann.get(page)).text(), /<h1>(\d+) records?/), count, narrow);
    const dry = await ann.post(`/${deed}`, { ...(await ann.form(page, deed)), why: "x", dryRun: "true" });
    assert.equal(read(await dry.text(), /<p>(\d+) records? w/), count, `${narrow}: others than those that are shown`);
  }
  for (const more of ["limit=1", "next=0", "state=held"])
    assert.equal((await ann.get(`/inboxes/dead?integration=orders&${more}`)).status, 400, more);
  const form = await ann.form("/inboxes/dead?integration=orders&id=D-2", deed);
  const dry = await (await ann.post(`/${deed}`, { ...form, why: "twice", dryRun: "true" })).text();
  const confirm = hiddenIn(dry.slice(dry.indexOf('class="confirm"')));
  assert.deepEqual(
    [confirm["filter.id"], confirm["filter.integration"], confirm.why, confirm.dryRun],
    ["D-2", "orders", "twice", undefined],
  );
  assert.match(await (await ann.post(`/${deed}`, confirm)).text(), /What discard did/);
  const { ledger } = all.at.assembly;
  const states = await Promise.all([other, all.records.dead].map((record) => ledger.record(record)));
  assert.deepEqual(
    states.map((one) => one?.state),
    ["discarded", "dead"],
  );
});

const soon = (): Promise<void> => new Promise((next) => setTimeout(next, 10));

test("what comes into an inbox between a dry run and the deed stays there, and is told", async (t) => {
  const all = await pages(t);
  const { at, records } = all;
  const { ledger } = at.assembly;
  const ann = await all.person("ann");
  const late = await sent(at, { id: "D-2", total: 1, does: "later" });
  const stateOf = async (record: string) => (await ledger.record(record))?.state;
  for (const [inbox, action] of [
    ["dead", "discard"],
    ["quarantine", "discard"],
  ] as const) {
    const deed = `inboxes/${inbox}/${action}`;
    const confirm = await dryRun(ann, `/inboxes/${inbox}?integration=orders`, deed);
    const newer = [
      await sent(at, { id: `N-${inbox}-1`, total: inbox === "dead" ? 1 : "free", does: "refused" }),
      await sent(at, { id: `N-${inbox}-2`, total: inbox === "dead" ? 1 : "free", does: "refused" }),
    ];
    while (["waiting", "delivering"].includes((await stateOf(newer[0] ?? "")) ?? "")) await soon();
    // It is older than all that was seen, and comes into the inbox after that.
    if (inbox === "dead") await at.assembly.inboxes.end(late, { actor: "ben", why: "it takes too long" }, {});
    while (["waiting", "delivering"].includes((await stateOf(newer[1] ?? "")) ?? "")) await soon();
    const done = await (await ann.post(`/${deed}`, confirm)).text();
    assert.match(done, /<p>1 record was looked at/, inbox);
    const came = inbox === "dead" ? 3 : 2;
    assert.match(done, new RegExp(`<strong>${came}</strong> more came meanwhile`), inbox);
    const seen = inbox === "dead" ? records.dead : records.quarantined;
    assert.equal(await stateOf(seen), "discarded", inbox);
    const stayed = await Promise.all(newer.map(stateOf));
    assert.deepEqual(new Set(stayed), new Set([inbox === "dead" ? "dead" : "quarantined"]), inbox);
  }
  assert.equal(await stateOf(late), "dead");
});

test("a decision about many that does not say what its dry run looked at is refused, and so is one that says it wrongly", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  const deed = "inboxes/dead/discard";
  const before = await all.ledger();
  for (const wrong of [{ "extent.upTo": "" }, { "extent.upTo": "zzz", "extent.settledByMs": "1" }] as const) {
    const form = await dryRun(ann, "/inboxes/dead?integration=orders", deed);
    const answer = await ann.post(`/${deed}`, { ...form, ...wrong });
    assert.ok(answer.status === 400 || /<p>0 records were looked at/.test(await answer.text()), JSON.stringify(wrong));
  }
  const { "extent.upTo": _upTo, ...unbound } = await dryRun(ann, "/inboxes/dead?integration=orders", deed);
  assert.equal((await ann.post(`/${deed}`, unbound)).status, 400);
  const unlike = await dryRun(ann, "/inboxes/dead?integration=orders", deed);
  assert.equal((await ann.post(`/${deed}`, { ...unlike, "extent.settledByMs": "soon" })).status, 400);
  assert.equal(await all.ledger(), before);
});

test("no form reaches further than its fields: no path into what all objects share, and nothing that selects everything", async (t) => {
  const all = await pages(t);
  const ann = await all.person("ann");
  const deed = "inboxes/quarantine/edit";
  const before = await all.ledger();
  for (const path of ["__proto__.polluted", "constructor.prototype.polluted"]) {
    const form = await ann.form("/inboxes/quarantine?integration=orders", deed);
    await ann.post(`/${deed}`, { ...form, path, value: "1", why: "x" });
    assert.equal(({} as Record<string, unknown>).polluted, undefined, path);
  }
  const nameless = await ann.form("/inboxes/quarantine?integration=orders", "inboxes/quarantine/discard");
  const everything = { ticket: nameless.ticket ?? "", why: "x", how: "all" };
  assert.equal((await ann.post("/inboxes/quarantine/discard", everything)).status, 400, "a form that selects nothing");
  assert.equal(await all.ledger(), before);
  const viewer = await all.person("vic", viewerToken);
  assert.doesNotMatch(await (await viewer.get("/inboxes/quarantine?integration=orders")).text(), /Discard all/);
});
