// One life of a process that needs a token: it sends one request, and dies by SIGKILL at the point that it is told.
import { oauth } from "../../../src/define/oauth.ts";
import { secret } from "../../../src/define/secret.ts";
import { createSecrets } from "../../../src/systems/secrets.ts";
import { createSystems } from "../../../src/systems/systems.ts";
import { createWorld } from "../../../src/world/world.ts";
import { openSqliteHere } from "../../ledger/here.ts";
import { aChange, aSystem } from "../../systems/declared.ts";
import type { Life } from "./night.ts";

const { ledger: address, origin, refreshToken, dieAt } = JSON.parse(process.argv[2] ?? "{}") as Life;
const env = { WAYBILL_KEY: Buffer.alloc(32, 9).toString("base64"), REFRESH_TOKEN: refreshToken };
const world = createWorld({
  env,
  passing(point) {
    if (point === dieAt) process.kill(process.pid, "SIGKILL");
  },
});
const ledger = openSqliteHere({ address, role: "owner", mustExist: false }, world);
const secrets = createSecrets(env, () => "");
const systems = createSystems(world, { secrets, emit: () => undefined, ledger });
const auth = oauth({ tokenUrl: `${origin}/token`, clientId: "waybill", refreshToken: secret("REFRESH_TOKEN") });
const change = aChange({ system: aSystem({ name: "xero", baseUrl: new URL(origin), auth }), json: {} });
const outcome = await systems.send(change, systems.prepare(change, "a-key"), {
  signal: new AbortController().signal,
  beforeSend: () => undefined,
  idempotencyKey: "a-key",
  attempt: 1,
});
await ledger.close();
await world.close();
process.send?.({ outcome: outcome.name, why: "why" in outcome ? outcome.why : "" });
process.disconnect?.();
