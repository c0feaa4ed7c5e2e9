import type { Ledger } from "../../ledger/ledger.ts";
import type { Clock } from "../../world/clock.ts";
import { nothingSeen, type Sightings } from "../rules/observation.ts";
import { merged, type OfAnother } from "./merged.ts";
import { worthTelling } from "./worth-telling.ts";

// How the workers of a fleet tell each other what they see: each puts down what may be wrong, when that is news and otherwise once a minute as long as
// anything is, and whoever asks the rules reads what the others put down. Where nothing is wrong, nothing is written.

export interface SharedSightings {
  /** Puts down what this process sees. */
  tell(own: Sightings): Promise<void>;
  /** What all of them see. */
  all(own: Sightings): Promise<Sightings>;
}

/** What is so is said again so often, */
const againMs = 60_000;
/** and whoever has not said so for so long is not there any more. */
const thereMs = 180_000;
/** What another version of Waybill wrote is not read. */
const version = 1;

export function shareSightings(ledger: Pick<Ledger, "sight" | "sightings">, clock: Clock): SharedSightings {
  const nothing = textOf(nothingSeen);
  let told = nothing;
  let toldMs = clock.monotonic();
  return {
    async tell(own) {
      const text = textOf(worthTelling(own));
      if (text === told && (text === nothing || clock.monotonic() - toldMs < againMs)) return;
      await ledger.sight(text);
      told = text;
      toldMs = clock.monotonic();
    },
    async all(own) {
      const others = await ledger.sightings();
      const read = others.flatMap(({ ageMs, state }): OfAnother[] => {
        const seen = sightingsOf(state);
        return seen === undefined ? [] : [{ seen, isThere: ageMs < thereMs }];
      });
      return merged(own, read);
    },
  };
}

const textOf = (seen: Sightings): string => JSON.stringify({ version, ...seen });

/** Undefined for what cannot be read. */
function sightingsOf(text: string): Sightings | undefined {
  try {
    const read = JSON.parse(text) as Sightings & { readonly version: number };
    return read.version === version ? read : undefined;
  } catch {
    return undefined;
  }
}
