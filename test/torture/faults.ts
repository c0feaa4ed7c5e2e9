import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { between, chance } from "../../examples/demo/chance.ts";
import { placeFor } from "../crash/places.ts";
import type { Hand, Stage } from "./stage.ts";

// What goes wrong in a trial, and is well again when it returns.

export const faultNames = ["kill", "freeze", "crash", "commit", "failover", "network"] as const;
export type FaultName = (typeof faultNames)[number];

export interface Played {
  readonly atMs: number;
  /** Where it knows better than the destination, which counts what is under way everywhere. */
  readonly unanswered?: number | undefined;
}

interface Fault {
  /** For the table. */
  readonly what: string;
  readonly standby?: true;
  play(stage: Stage, seed: number): Promise<Played>;
}

export const faults: Readonly<Record<FaultName, Fault>> = {
  kill: { what: "workers killed (SIGKILL)", play: kill },
  freeze: { what: "a worker stopped past its lease, and resumed", play: freeze },
  crash: { what: "PostgreSQL stopped at once (immediate)", play: crash },
  commit: { what: "connections lost during COMMIT", play: commit },
  failover: { what: "failover to a synchronous standby", standby: true, play: failover },
  network: { what: "network between worker and PostgreSQL cut", play: network },
};

/** One of three or more, by seed. */
function some(stage: Stage, seed: number, most: number): readonly Hand[] {
  const hands = [...stage.hands].sort((a, b) => chance(seed, "pick", a.number) - chance(seed, "pick", b.number));
  return hands.slice(0, between(1, most, seed, "how many"));
}

const now = (): number => performance.now();

const placeWithinMs = 3_000;

/** One that dies at the next place of a kind that it comes to, or some at a moment that nothing in them chose. New ones come, at once or later. */
async function kill(stage: Stage, seed: number): Promise<Played> {
  const point = placeFor(seed);
  const victims = some(stage, seed, point === "random" ? 3 : 1);
  await stage.forgetBroken();
  if (point !== "random") {
    for (const hand of victims) stage.arm(hand, { point, nth: between(1, 10, seed, "nth") });
    await Promise.race([...victims.map(({ worker }) => worker.gone), sleep(placeWithinMs, undefined, { ref: false })]);
  }
  for (const hand of victims) if (hand.worker.alive) stage.kill(hand);
  const left = await Promise.all(victims.map((hand) => hand.left));
  await sleep(between(0, 1, seed, "at once") * between(100, 5_000, seed, "later"));
  await Promise.all(victims.map(() => stage.hire()));
  const atMs = Math.min(...left.map((one) => one.atMs));
  return { atMs, unanswered: Math.max(...left.map((one) => one.unanswered)) };
}

async function freeze(stage: Stage, seed: number): Promise<Played> {
  const victims = some(stage, seed, 2);
  const atMs = now();
  for (const { worker } of victims) worker.process.kill("SIGSTOP");
  stage.say(`workers ${victims.map(({ number }) => number).join(" and ")} stand still`);
  await sleep(between(11_000, 15_000, seed, "frozen"));
  for (const { worker } of victims) worker.process.kill("SIGCONT");
  stage.say("and go on");
  return { atMs };
}

async function crash(stage: Stage, seed: number): Promise<Played> {
  const atMs = now();
  await stage.primary.stop("immediate");
  stage.say("PostgreSQL is gone");
  await sleep(between(0, 6_000, seed, "down"));
  await stage.primary.start();
  stage.say("PostgreSQL is there");
  return { atMs };
}

const commitsForMs = 4_000;

/** By seed: the server ends connections, whatever they do; or the wire breaks exactly where a commit was sent and its answer has not come. */
async function commit(stage: Stage, seed: number): Promise<Played> {
  const atMs = now();
  if (seed % 2 === 0) await terminate(stage, seed);
  else await breakCommits(stage, seed);
  return { atMs };
}

async function terminate(stage: Stage, seed: number): Promise<void> {
  let ended = 0;
  for (const untilMs = now() + commitsForMs; now() < untilMs; ) {
    const rows = await stage.primary.ask(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'
       order by (query ilike 'commit%') desc, (state = 'active') desc, md5(pid::text || $1) limit 1`,
      [String(ended + seed)],
    );
    ended += rows.length;
    await sleep(between(20, 150, seed, "pause", ended));
  }
  stage.say(`${ended} connections ended by the server`);
}

async function breakCommits(stage: Stage, seed: number): Promise<void> {
  let nth = 0;
  const oneOf = between(3, 20, seed, "one of");
  const choose = () => {
    nth += 1;
    if (between(1, oneOf, seed, "broken", nth) > 1) return undefined;
    return (["before it arrives", "before its answer", "and arrives late"] as const)[between(0, 2, seed, "where", nth)];
  };
  for (const { commits } of stage.hands) commits?.breakCommits(choose);
  await sleep(commitsForMs);
  for (const { commits } of stage.hands) commits?.breakCommits(undefined);
  stage.say(
    `${stage.hands.reduce((all, { commits }) => all + (commits?.broken ?? 0), 0)} of ${nth} commits broken off`,
  );
}

async function failover(stage: Stage, seed: number): Promise<Played> {
  const { primary, standby } = stage;
  if (standby === undefined) throw new Error("there is no standby");
  const atMs = now();
  for (const pid of [primary.pid, ...childrenOf(primary.pid)]) end(pid);
  stage.say("the primary was killed");
  await sleep(between(0, 3_000, seed, "noticed"));
  // Sometimes the address is there first: whoever comes meets a server that takes no writes yet.
  const early = seed % 2 === 0;
  if (early) stage.follow(standby);
  if (early) await sleep(between(0, 2_000, seed, "early"));
  await standby.promote();
  stage.follow(standby);
  stage.say("the standby took over");
  return { atMs };
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went with the others.
  }
}

/** A server's processes: they would go by themselves, but may finish what they do. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((one) => Number.isInteger(one) && parentOf(one) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

async function network(stage: Stage, seed: number): Promise<Played> {
  const victims = some(stage, seed, 3);
  const how = (["cut", "both ways", "answers"] as const)[between(0, 2, seed, "how")] ?? "cut";
  const atMs = now();
  for (const { wire } of victims) how === "cut" ? wire?.cut() : wire?.stall(how);
  stage.say(`no way to PostgreSQL for ${victims.map(({ number }) => number).join(", ")}: ${how}`);
  await sleep(between(500, 12_000, seed, "cut"));
  for (const { wire } of victims) wire?.heal();
  stage.say("healed");
  return { atMs };
}
