import type { Heartbeat } from "../define/channel.ts";
import { isSecret } from "../define/secret.ts";
import { said } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { Clock } from "../world/clock.ts";
import type { Transport } from "../world/transport.ts";

// A machine that is dead tells nobody. So it is told from here, again and again, that it lives, to somebody who notices when that ends. A beat is sent
// only after the ledger could be written to: a process that is up and can take nothing is as good as dead.

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly secrets: Pick<Secrets, "optional" | "redact">;
  readonly emit: Emit;
  /** Rejects when the ledger cannot be written to. */
  readonly probe: () => Promise<void>;
}

/** Begins to beat; answers what ends it. Each failure in a row is told once, and its end. */
export function beat({ url, everyMs }: Heartbeat, parts: HeartbeatParts): () => void {
  const { clock, transport, secrets, emit, probe } = parts;
  const text = isSecret(url) ? secrets.optional(url.name) : url;
  if (text === undefined) return () => undefined;
  const to = URL.parse(text);
  let stopped = false;
  let failing = false;
  let cancel = (): void => {};

  async function once(): Promise<string | undefined> {
    if (to === null) return "its address is no URL";
    await probe();
    const answer = await transport({
      method: "GET",
      origin: to.origin,
      path: `${to.pathname}${to.search}`,
      headers: ["user-agent", "waybill"],
      body: undefined,
      timeoutMs: Math.min(10_000, everyMs),
      answerBytesMax: 64_000,
      signal: undefined,
      beforeSend: undefined,
      privateAllowed: true,
    });
    if (answer.kind === "failed") return answer.message;
    return answer.status < 400 ? undefined : `it answered ${answer.status}`;
  }

  async function beatOnce(): Promise<void> {
    const why = await once().catch(said);
    if (stopped) return;
    if (why !== undefined && !failing) emit({ event: "heartbeat.failed", why: secrets.redact(why) });
    if (why === undefined && failing) emit({ event: "heartbeat.recovered" });
    failing = why !== undefined;
    cancel = clock.after(everyMs, () => void beatOnce(), { idle: true });
  }

  void beatOnce();
  return () => {
    stopped = true;
    cancel();
  };
}
