import type { Definition } from "../../define/definition.ts";
import { shortened } from "../../flow/issues.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Random } from "../../world/random.ts";
import { happens, pick } from "./chance.ts";
import { copyOf, folded, leavesOf, named, nameOf, type Path, replaced, valueAt } from "./places.ts";
import type { SchemaMaker } from "./schema-maker.ts";
import { type Fault, type Verdict, verdictOn } from "./verdict.ts";

// The records that all others of a rehearsal come from. They are made once and have all been through the contract, so that a slow or picky one costs nothing
// later. From a schema: drawn, and what the contract complains about is drawn again in its place. From samples: those, and mixtures of them.

/** A record that meets the contract. */
export interface Base {
  readonly value: unknown;
  readonly accepted: boolean;
}

const basesWanted = 96;
const drawsMax = 600;
/** That many in vain, and there will be none. */
const drawsInVain = 200;
const repairsMax = 32;
const repairsBeforeGuesses = 6;
/** So many of those that `accept` leaves out are enough. */
const leftOutShare = 0.125;

export const samplesHint = 'Give sample records, one JSON a line: --from FILE, or from: "FILE" in a program.';

/** @throws {WaybillError} `bad-usage` when the contract takes nothing that could be made. */
export async function basesFromSchema(definition: Definition, maker: SchemaMaker, random: Random): Promise<Base[]> {
  const bases: Base[] = [];
  const complaints = new Map<string, { count: number; message: string }>();
  let leftOut = 0;
  for (let draw = 0; draw < drawsMax && bases.length < basesWanted; draw++) {
    if (draw === drawsInVain && bases.length === 0) break;
    const { value, verdict } = await repaired(definition, maker, random);
    if (!verdict.passed) count(complaints, verdict.faults);
    else if (verdict.accepted) bases.push({ value, accepted: true });
    else if (leftOut < basesWanted * leftOutShare || bases.length === leftOut)
      leftOut = bases.push({ value, accepted: false });
  }
  if (bases.length > 0) return bases;
  throw noneMeets(definition, complaints);
}

/** Draws a record, and draws again what the contract complains about, until it meets it or is given up. */
async function repaired(
  definition: Definition,
  maker: SchemaMaker,
  random: Random,
): Promise<{ readonly value: unknown; readonly verdict: Verdict }> {
  let value = maker.draw(random);
  let verdict = await verdictOn(definition, value);
  for (let repair = 0; repair < repairsMax && !verdict.passed; repair++) {
    const places = verdict.faults.flatMap(({ path }) => (path.length === 0 ? [] : [leafAt(value, path)]));
    // Of the record as a whole: which part it is about, nobody says.
    if (places.length === 0) value = maker.draw(random);
    const guesses = repair >= repairsBeforeGuesses && happens(random, 0.5);
    for (const place of places) {
      const drawn = maker.again(nameOf(folded(place)), random, { names: false, guesses });
      value = drawn === undefined ? maker.draw(random) : replaced(value, place, drawn.value);
    }
    verdict = await verdictOn(definition, value);
  }
  return { value, verdict };
}

/** The place itself, or the nearest around it that there is: a complaint may be about a part that is not there, or stands inside a text. */
function leafAt(value: unknown, path: Path): Path {
  for (let length = 1; length < path.length; length++) {
    const part = path.slice(0, length);
    if (leavesOf(valueAt(value, part))[0]?.length === 0) return part;
  }
  return path;
}

function count(complaints: Map<string, { count: number; message: string }>, faults: readonly Fault[]): void {
  for (const { path, message } of faults.slice(0, 1)) {
    const name = named(folded(path));
    complaints.set(name, { count: (complaints.get(name)?.count ?? 0) + 1, message });
  }
}

function noneMeets(definition: Definition, complaints: Map<string, { count: number; message: string }>): WaybillError {
  const [[path, { message }] = ["the whole", { message: "it breaks the contract" }]] = [...complaints].sort(
    ([, one], [, other]) => other.count - one.count,
  );
  return new WaybillError(
    "bad-usage",
    `integration "${definition.name}": none of ${drawsInVain} records made from its contract meets it. Most often it refuses ${path}: ${shortened(message)}`,
    samplesHint,
  );
}

/** Samples as they are, and mixtures: a place of one with what stands there in another. @throws {WaybillError} `bad-usage`, naming the line of one that breaks the contract. */
export async function basesFromSamples(
  definition: Definition,
  samples: readonly unknown[],
  random: Random,
): Promise<Base[]> {
  const bases: Base[] = [];
  for (const [index, sample] of samples.entries()) {
    const verdict = await verdictOn(definition, sample);
    if (!verdict.passed) throw brokenSample(definition, index + 1, verdict.faults);
    bases.push({ value: copyOf(sample), accepted: verdict.accepted });
  }
  if (bases.length === 0)
    throw new WaybillError("bad-usage", `integration "${definition.name}": there are no sample records.`, samplesHint);
  for (let draw = 0; draw < drawsInVain && bases.length < basesWanted && samples.length > 1; draw++) {
    const value = mixed(samples, random);
    const verdict = await verdictOn(definition, value);
    if (verdict.passed && verdict.accepted) bases.push({ value, accepted: true });
  }
  return bases;
}

function mixed(samples: readonly unknown[], random: Random): unknown {
  const value = copyOf(pick(random, samples));
  for (const path of leavesOf(value)) {
    if (!happens(random, 0.3)) continue;
    const other = pick(random, samples);
    const isLeaf = leavesOf(valueAt(other, path))[0]?.length === 0;
    if (isLeaf && valueAt(other, path) !== undefined) replaced(value, path, copyOf(valueAt(other, path)));
  }
  return value;
}

function brokenSample(definition: Definition, line: number, [fault]: readonly Fault[]): WaybillError {
  const { path, message } = fault ?? { path: [], message: "it breaks the contract" };
  return new WaybillError(
    "bad-usage",
    `integration "${definition.name}": the sample on line ${line} breaks its contract. ${named(path)}: ${shortened(message)}`,
    "Samples are records as a well-behaved sender writes them; what bad nights make of them is added by the rehearsal. Mend that line or leave it out.",
  );
}
