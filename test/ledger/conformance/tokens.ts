import assert from "node:assert/strict";
import type { Sealed, TokenRow, TokenStep } from "../../../src/ledger/ledger.ts";
import type { Desk } from "./arrange.ts";
import type { Say } from "./conformance.ts";

const xero = { system: "xero", tenant: "" };
const sealed = (n: number): Sealed => ({ bytes: new Uint8Array(32).fill(n), key: "k1" });

/** The steps of one worker, as a refresh makes them. */
function worker(desk: Desk, owner: string) {
  const step = async (made: TokenStep): Promise<{ done: boolean; row: TokenRow | undefined }> =>
    desk.ledger.stepToken(made);
  return {
    begin: (generation: number, untilMs = desk.nowMs + 30_000) =>
      step({ ...xero, step: "begin", generation, owner, guest: false, atMs: desk.nowMs, untilMs }),
    unsent: (generation: number) => step({ ...xero, step: "unsent", generation, owner, atMs: desk.nowMs }),
    lost: (generation: number) => step({ ...xero, step: "lost", generation, owner, atMs: desk.nowMs }),
    keep: (generation: number, n: number) =>
      step({ ...xero, step: "keep", generation, sealed: sealed(n), expiresAtMs: desk.nowMs + 1_000, atMs: desk.nowMs }),
    refused: (generation: number, why: string) =>
      step({ ...xero, step: "refused", generation, owner, why, atMs: desk.nowMs }),
    put: (n: number) => step({ ...xero, step: "put", sealed: sealed(n), expiresAtMs: undefined, atMs: desk.nowMs }),
  };
}

export function tokens(say: Say): void {
  say("keeps a sealed token byte for byte, for each system and tenant its own", async (desk) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    for (const account of [xero, { system: "xero", tenant: "shop-1" }, { system: "books", tenant: "" }])
      await desk.ledger.stepToken({
        ...account,
        step: "put",
        sealed: { bytes, key: `${account.system}${account.tenant}` },
        expiresAtMs: desk.nowMs + 5,
        atMs: desk.nowMs,
      });
    const [shop] = await desk.ledger.tokens({ system: "xero", tenant: "shop-1" });
    assert.deepEqual([...(shop?.sealed?.bytes ?? [])], [...bytes]);
    assert.deepEqual(
      (await desk.ledger.tokens(undefined)).map(({ system, tenant, generation, sealed, expiresAtMs, state }) => [
        system,
        tenant,
        generation,
        sealed?.key,
        expiresAtMs,
        state,
      ]),
      [
        ["books", "", 1, "books", desk.nowMs + 5, "ok"],
        ["xero", "", 1, "xero", desk.nowMs + 5, "ok"],
        ["xero", "shop-1", 1, "xeroshop-1", desk.nowMs + 5, "ok"],
      ],
    );
    assert.deepEqual(await desk.ledger.tokens({ system: "crm", tenant: "" }), []);
  });

  say("lets one owner at a time spend a refresh token, until its time is over", async (desk) => {
    const [one, other] = [worker(desk, "one"), worker(desk, "other")];
    await one.put(1);
    assert.equal((await one.begin(1)).done, true);
    const refused = await other.begin(1);
    assert.equal(refused.done, false, "two would have spent the same token");
    assert.equal(refused.row?.refresh?.owner, "one");
    assert.equal((await one.keep(1, 2)).done, true);
    assert.equal((await other.begin(1)).done, false, "the generation that it names is spent");
    const taken = await other.begin(2, desk.nowMs);
    assert.deepEqual([taken.done, taken.row?.refresh?.tries], [true, 1]);
    const over = await one.begin(2);
    assert.deepEqual([over.done, over.row?.refresh?.owner, over.row?.refresh?.tries], [true, "one", 2]);
    assert.equal((await other.refused(2, "invalid_grant")).done, false, "it is no longer the one that asks");
    const late = await other.keep(2, 3);
    assert.deepEqual([late.done, late.row?.generation], [true, 3], "what was given is kept, whoever it was given to");
    assert.equal((await one.keep(2, 4)).done, false, "an answer to what is spent replaces nothing");
    assert.deepEqual([...((await desk.ledger.tokens(xero))[0]?.sealed?.bytes ?? [])], [...sealed(3).bytes]);
  });

  say("counts the tries whose answers were lost, and not those that never left", async (desk) => {
    const one = worker(desk, "one");
    const triesAfter = async (stepped: Promise<{ row: TokenRow | undefined }>): Promise<number> =>
      (await stepped).row?.refresh?.tries ?? 0;
    assert.equal(await triesAfter(one.begin(0)), 1, "a first token is asked for before there is any");
    assert.equal(await triesAfter(one.unsent(0)), 0);
    assert.equal(await triesAfter(one.begin(0)), 1);
    assert.equal(await triesAfter(one.lost(0)), 1);
    assert.equal(await triesAfter(one.begin(0)), 2);
    assert.equal(await triesAfter(one.unsent(0)), 1);
    const kept = await one.keep(0, 7);
    assert.deepEqual([kept.row?.generation, kept.row?.refresh], [1, undefined]);
  });

  say("ends in unauthorized until a person puts a new token there", async (desk) => {
    const one = worker(desk, "one");
    await one.put(1);
    await one.begin(1);
    const refused = await one.refused(1, "invalid_grant");
    assert.deepEqual(
      [refused.done, refused.row?.state, refused.row?.why, refused.row?.refresh],
      [true, "unauthorized", "invalid_grant", undefined],
    );
    assert.equal((await one.begin(1)).done, false, "it would ask in vain for ever");
    const put = await one.put(2);
    assert.deepEqual([put.row?.state, put.row?.why, put.row?.generation], ["ok", undefined, 2]);
    assert.equal((await one.begin(2)).done, true);
  });

  say("leaves to a guest what it is at", async (desk) => {
    const one = worker(desk, "one");
    await one.put(1);
    const untilMs = desk.nowMs + 30_000;
    await desk.ledger.stepToken({
      ...xero,
      step: "begin",
      generation: 1,
      owner: "guest",
      guest: true,
      atMs: desk.nowMs,
      untilMs,
    });
    assert.equal((await one.begin(1)).done, false);
  });
}
