import assert from "node:assert/strict";
import { test } from "node:test";
import { alertPersons } from "../../../src/watch/alerts/persons.ts";
import { serverFor } from "../../ledger/postgres/on-a-server.ts";
import { serving } from "../serving.ts";
import { alertId, Browser, dryRun, orders, pages, theBooks, tokens } from "./pages.ts";

// A form that was sent to one process and comes to another one of the fleet, which has never seen it: by a browser that sends again, or the back button.

const server = await serverFor(18);

test("a form that one process has taken does nothing at another one, whatever it asks for", async (t) => {
  const options = { ...tokens, ledger: `${server.url()}?schema=twice` };
  const all = await pages(t, options);
  const { ledger, inboxes, pauses, world, settled } = all.at.assembly;
  const other = await serving(t, { ...options, integrations: [orders()], transport: theBooks });
  const ann = await all.person("ann");
  const elsewhere = new Browser(other.url);
  elsewhere.cookie = ann.cookie;
  const { records } = all;
  const ben = { actor: "ben", why: "not so" };
  const alert = alertPersons(ledger, world.clock);
  const seen = new Set<string>();

  /** Does it, lets somebody take it back, and sends the same form to the other process. */
  async function twice(deed: string, form: Record<string, string>, takenBack: () => Promise<unknown>): Promise<void> {
    const first = await ann.post(`/${deed}`, form);
    assert.ok(first.status === 303 || first.status === 200, `${deed}: ${first.status} ${await first.text()}`);
    await settled(undefined, 20_000);
    await takenBack();
    await settled(undefined, 20_000);
    const before = await all.ledger();
    const second = await elsewhere.post(`/${deed}`, form);
    const text = await second.text();
    assert.ok(second.status === 409 || /\b0 records were looked at/.test(text), `${deed}: ${second.status} ${text}`);
    await settled(undefined, 20_000);
    assert.equal(await all.ledger(), before, deed);
    seen.add(deed.replace(/^records\/[^/]+/, "records"));
  }
  const one = async (record: string, action: string, more: Record<string, string> = {}) => {
    const deed = `records/${record}/${action}`;
    const page = action === "edit" ? `/records/${record}/content` : `/records/${record}`;
    return [deed, { ...(await ann.form(page, deed)), why: "x", ...more }] as const;
  };
  const nothing = async (): Promise<void> => undefined;

  await twice(...(await one(records.quarantined, "edit", { text: '{"id":"Q-1","total":2}' })), nothing);
  await twice(...(await one(records.quarantined, "discard")), nothing);
  await twice(...(await one(records.dead, "replay")), nothing);
  await twice(...(await one(records.held, "resolve", { how: "notApplied" })), nothing);
  await twice(...(await one(records.delivered, "redo", { effect: "invoice" })), nothing);

  // What is sent again comes back: it dies once more, and is in doubt once more.
  for (const [inbox, action, more] of [
    ["dead", "replay", {}],
    ["held", "resolve", { how: "notApplied" }],
    ["dead", "edit", { path: "note", value: "x" }],
  ] as const) {
    const deed = `inboxes/${inbox}/${action}`;
    const page = `/inboxes/${inbox}?integration=orders`;
    await twice(deed, await dryRun(ann, page, deed, more), nothing);
  }
  await twice(
    "inboxes/dead/discard",
    await dryRun(ann, "/inboxes/dead?integration=orders", "inboxes/dead/discard"),
    () => inboxes.replay(records.dead, ben, {}),
  );

  for (const [kind, name, page] of [
    ["system", "books-of-pages", "/systems"],
    ["integration", "orders", "/integrations/orders"],
  ] as const) {
    const deed = `${page.slice(1).split("/")[0]}/${name}/pause`;
    const form = { ...(await ann.form(page, deed)), why: "x" };
    await twice(deed, form, () => pauses.resume(name, kind, ben));
    await pauses.pause(name, kind, ben);
    const resume = deed.replace("pause", "resume");
    const goOn = { ...(await ann.form(page, resume)), why: "x" };
    await twice(resume, goOn, () => pauses.pause(name, kind, ben));
    await pauses.resume(name, kind, ben);
  }
  for (const [act, more] of [
    ["ack", {}],
    ["mute", { for: "1h" }],
  ] as const) {
    const deed = `alerts/${alertId}/${act}`;
    const form = { ...(await ann.form(`/alerts/${alertId}`, deed)), why: "x", ...more };
    await twice(deed, form, () => alert.act(alertId, { what: "unmuted", ...ben }));
  }
  assert.equal(seen.size, 15, [...seen].join(", "));
});
