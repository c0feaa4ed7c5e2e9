import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Alert } from "../../src/model/alert.ts";
import { json, projectFolder, started, until, waybill } from "./project.ts";

const definition = `
import { integration, permanent, push } from "waybill";
import { z } from "zod";

export default integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {
    throw permanent("there is no such customer");
  },
});
`;

test("whoever is on call sees beside a running server what is wrong, types the next command, and says that he is at it", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  writeFileSync(join(folder, "integrations/orders.ts"), definition);
  const { url } = await started(t, folder);
  assert.match((await waybill(folder, ["alerts"])).stdout, /Nothing is wrong/);
  await fetch(`${url}/v1/integrations/orders/records`, {
    method: "POST",
    body: '{"id":"A-1"}\n{"id":"A-2"}\n',
    headers: { "content-type": "application/x-ndjson" },
  });
  let alerts: readonly Alert[] = [];
  await until("it is told", async () => {
    ({ alerts } = await json<{ alerts: Alert[] }>(folder, ["alerts"]));
    return alerts[0]?.count === 2;
  });
  const [alert] = alerts as [Alert];
  assert.deepEqual(
    [alert.rule, alert.severity, alert.integration, alert.state, alert.samples.length, alert.url],
    ["dead", "critical", "orders", "firing", 2, `${url}/alerts/${alert.id}`],
  );
  assert.match(alert.message, /^2 records of orders cannot be delivered \(permanent\).*there is no such customer/);
  const next = await waybill(folder, alert.next.split(" ").slice(2));
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, /there is no such customer/);

  const acked = await waybill(folder, ["alerts", "ack", alert.id, "--actor", "ann", "--why", "on it"]);
  assert.equal(acked.code, 0, acked.stderr);
  const shown = await waybill(folder, ["alerts", "show", alert.id]);
  assert.match(shown.stdout, /acknowledged by ann: on it/);
  const answer = await fetch(`${url}/v1/alerts/${alert.id}`);
  assert.equal(((await answer.json()) as Alert).state, "acknowledged");
  const muted = await fetch(`${url}/v1/alerts/${alert.id}/mute`, {
    method: "POST",
    body: '{"for":"1h","actor":"bob"}',
    headers: { "content-type": "application/json" },
  });
  assert.equal(((await muted.json()) as Alert).actor, "bob");
  assert.deepEqual((await json<{ alerts: Alert[] }>(folder, ["alerts", "--state", "firing"])).alerts, []);
  assert.equal((await waybill(folder, ["alerts", "unmute", alert.id])).code, 0);

  for (const [args, said] of [
    [["alerts", "ls", "--rule", "dad"], /Did you mean "dead"/],
    [["alerts", "mute", alert.id, "--for", "soon"], /--for is "soon"/],
  ] as const) {
    const refused = await waybill(folder, args);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, said);
  }
  const unknown = await waybill(folder, ["alerts", "ack", "nothing"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /There is no alert "nothing"/);
});
