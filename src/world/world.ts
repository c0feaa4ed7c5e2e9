import { systemClock } from "./clock.ts";
import type { Passing } from "./points.ts";
import { systemRandom } from "./random.ts";
import type { World } from "./transport.ts";
import { createTransport } from "./undici-transport.ts";

export interface OpenWorld extends World {
  /** Closes the connections to other systems. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called at the moments that crash tests stop at; `after-send` comes from the transport itself. */
  readonly passing?: Passing;
}

/** The world as it is: the machine's clock, chance, network and environment. */
export function createWorld(options: WorldOptions = {}): OpenWorld {
  const transport = createTransport(systemClock, options.passing);
  return {
    clock: systemClock,
    random: systemRandom,
    transport: transport.send,
    env: options.env ?? process.env,
    passing: options.passing ?? (() => undefined),
    close: () => transport.close(),
  };
}
