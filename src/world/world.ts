import { systemClock } from "./clock.ts";
import { systemRandom } from "./random.ts";
import type { World } from "./transport.ts";
import { createTransport } from "./undici-transport.ts";

export interface OpenWorld extends World {
  /** Closes the connections to other systems. */
  close(): Promise<void>;
}

/** The world as it is: the machine's clock, chance, network and environment. */
export function createWorld(env: Readonly<Record<string, string | undefined>> = process.env): OpenWorld {
  const transport = createTransport(systemClock);
  return {
    clock: systemClock,
    random: systemRandom,
    transport: transport.send,
    env,
    passing: () => undefined,
    close: () => transport.close(),
  };
}
