import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../../../src/world/random.ts";
import { oauthServer } from "../../systems/auth/oauth-server.ts";

export interface Life {
  readonly ledger: string;
  readonly origin: string;
  readonly refreshToken: string;
  readonly dieAt: string | undefined;
}

export interface TokenNight {
  readonly kills: Readonly<Record<string, number>>;
  /** The next life went on by itself, or a person had to consent anew. */
  readonly survived: number;
  readonly consents: number;
  readonly broken: readonly string[];
}

const points = ["before-refresh", "after-send", "after-refresh-answer", "after-refresh-saved"];

/** Kills in the middle of refreshes, each with a server whose refresh tokens are good for one use. */
export async function tokenNight(seed: number, killsMax: number): Promise<TokenNight> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-tokens-"));
  const server = await oauthServer();
  const random = seededRandom(seed);
  // Over before it is used again: each life has to refresh.
  server.expiresIn = 0.001;
  const kills: Record<string, number> = Object.fromEntries(points.map((point) => [point, 0]));
  const broken: string[] = [];
  let [survived, consents] = [0, 0];
  let refreshToken = server.consent();
  const live = (dieAt?: string): Promise<{ outcome: string; why: string } | undefined> =>
    life({ ledger: `sqlite:${join(folder, "ledger.db")}`, origin: server.origin, refreshToken, dieAt });
  try {
    for (let kill = 0; kill < killsMax; kill++) {
      const point = points[kill < points.length ? kill : Math.floor(random.next() * points.length)] ?? "";
      if ((await live(point)) !== undefined) broken.push(`kill ${kill} at ${point}: it did not die`);
      kills[point] = (kills[point] ?? 0) + 1;
      const next = await live();
      const mayBeLost = point === "after-send" || point === "after-refresh-answer";
      if (next?.outcome === "done") survived += 1;
      else if (next?.outcome === "unauthorized" && mayBeLost) {
        consents += 1;
        const asked = server.asked.length;
        if ((await live())?.outcome !== "unauthorized" || server.asked.length !== asked)
          broken.push(`kill ${kill} at ${point}: what is spent was asked for again`);
        refreshToken = server.consent();
        if ((await live())?.outcome !== "done") broken.push(`kill ${kill} at ${point}: a new consent did not help`);
      } else broken.push(`kill ${kill} at ${point}: ${next?.outcome} ${next?.why}`);
    }
    const refused = server.asked.filter(({ granted }) => !granted).length;
    if (refused !== consents) broken.push(`${refused} spent tokens were sent again, after ${consents} lost answers`);
    return { kills, survived, consents, broken };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined when it was killed. */
async function life(one: Life): Promise<{ outcome: string; why: string } | undefined> {
  const worker = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [JSON.stringify(one)], {
    execArgv: ["-C", "waybill-source"],
  });
  let said: { outcome: string; why: string } | undefined;
  worker.on("message", (message) => {
    said = message as { outcome: string; why: string };
  });
  await once(worker, "close");
  return said;
}
