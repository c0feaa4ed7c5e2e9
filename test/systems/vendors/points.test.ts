import assert from "node:assert/strict";
import { test } from "node:test";
import { shopifyGraphql } from "waybill/vendors";
import { actualPoints, pointsOf } from "../../../src/systems/cost.ts";

const [points] = shopifyGraphql.limits ?? [];
if (points?.kind !== "cost") throw new Error("Shopify's queries are limited by what they cost.");

const answered = (body: unknown) =>
  ({
    name: "done",
    sent: "maybe",
    durationMs: 5,
    value: undefined,
    answer: { status: 200, headers: {}, text: JSON.stringify(body) },
  }) as const;

test("a query counts as what its answer says it has cost, and not as what was set aside for it", () => {
  const call = { method: "POST", path: "/graphql.json", json: {}, record: undefined, caller: "orders" };
  assert.equal(pointsOf(points, undefined, call), 50);
  assert.equal(pointsOf(points, 400, call), 400);
  const cost = { requestedQueryCost: 252, actualQueryCost: 12 };
  assert.equal(actualPoints(points, answered({ data: {}, extensions: { cost } }), 50).points, 12);
});

test("a query that was refused for its points has used none, and one that tells nothing has used what was set aside", () => {
  const cost = { requestedQueryCost: 252, actualQueryCost: null };
  const errors = [{ message: "Throttled", extensions: { code: "THROTTLED" } }];
  assert.equal(actualPoints(points, answered({ errors, extensions: { cost } }), 50).points, 0);
  assert.equal(actualPoints(points, answered({ data: {} }), 50).points, 50);
});
