// Measures one part in this process and tells the parent its figures: `fork("part.ts", ["delivery", "100000"])`.
import { backlog } from "./parts/backlog.ts";
import { bare } from "./parts/bare.ts";
import { commits } from "./parts/commits.ts";
import { delivery, postgresDelivery } from "./parts/delivery.ts";
import { csvParse, files } from "./parts/files.ts";
import { fleet } from "./parts/fleet.ts";
import { helpers } from "./parts/helpers.ts";
import { intake, nothingStored, postgresIntake } from "./parts/intake.ts";
import { limitKeys } from "./parts/keys.ts";
import { limit } from "./parts/limit.ts";
import { limiter } from "./parts/limiter.ts";
import { lone } from "./parts/lone.ts";
import { graphileWorker } from "./parts/peers/graphile-worker.ts";
import { postgresLimit } from "./parts/peers/limit.ts";
import { pgBoss } from "./parts/peers/pg-boss.ts";
import { pgBossIntake } from "./parts/peers/pg-boss-intake.ts";
import { scrape } from "./parts/scrape.ts";
import { takeover } from "./parts/takeover.ts";
import { traces } from "./parts/traces.ts";
import { watching } from "./parts/watching.ts";

export type Part = (count: number, destination: string) => Promise<Record<string, number>>;

const parts: Readonly<Record<string, Part>> = {
  backlog,
  bare,
  commits,
  csvParse,
  delivery,
  files,
  fleet,
  graphileWorker,
  helpers,
  intake,
  limit,
  limitKeys,
  limiter,
  lone,
  nothingStored,
  pgBoss,
  pgBossIntake,
  postgresDelivery,
  postgresIntake,
  postgresLimit,
  scrape,
  takeover,
  traces,
  watching,
};

const [name = "", count = "100000", destination = ""] = process.argv.slice(2);
const part = parts[name];
if (part === undefined) throw new Error(`There is no part "${name}": ${Object.keys(parts).join(", ")}.`);
process.send?.({ ready: true });
process.on("disconnect", () => process.exit(0));
// A listener that stays holds the process: a ledger in PostgreSQL that rests does not.
process.on("message", async () => {
  const figures = await part(Number(count), destination);
  process.send?.(figures);
});
