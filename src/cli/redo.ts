import type { Assembly } from "../assembly/assembly.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { type ActOptions, act, type Verb } from "./act.ts";
import type { ExitCode } from "./command.ts";
import { personWithReason } from "./person.ts";

export interface RedoOptions extends ActOptions {
  readonly effect?: string;
  readonly record?: string;
}

/** `redo NAME --effect E --since …`: delivered effects are made once more, as a new generation. */
export function redo(name: string, options: RedoOptions): Promise<ExitCode> {
  const { effect, record, all, since, id, key, entity, search } = options;
  if (effect === undefined)
    throw new WaybillError("bad-usage", "Which effect?", "Say --effect NAME, as it stands in deliver.");
  if (record === undefined && all !== true && [since, id, key, entity, search].every((one) => one === undefined)) {
    throw new WaybillError(
      "bad-usage",
      "Which records?",
      "Select them with --since, --id, --key, --entity or --search; or say --all.",
    );
  }
  if (options.dryRun !== true) personWithReason(options, "Doing effects again");
  let known: Promise<void> | undefined;
  const verb: Verb = {
    name: "redo",
    from: "delivered",
    async move(assembly, one, person, how) {
      known ??= refuseUnknown(assembly, name, effect);
      await known;
      return assembly.inboxes.redo(one, person, effect, { ...how, ifThere: record === undefined });
    },
  };
  return act(verb, record, { ...options, integration: name });
}

const lookedAt = 50;

/** A name that none of the newest records knows is a mistyped one. */
async function refuseUnknown({ ledger }: Assembly, name: string, effect: string): Promise<void> {
  const { rows } = await ledger.find({ integration: name, states: ["delivered"], limit: lookedAt });
  const wholes = await Promise.all(rows.map(({ record }) => ledger.record(record)));
  const names = new Set(wholes.flatMap((whole) => whole?.effects.map((one) => one.name) ?? []));
  if (names.has(effect)) return;
  throw new WaybillError(
    "bad-usage",
    `None of the newest records of "${name}" has an effect "${effect}".`,
    didYouMean(effect, [...names], "effects"),
  );
}
