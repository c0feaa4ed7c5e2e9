import type { Definition } from "../define/definition.ts";
import type { Nights } from "./nights.ts";
import { doorsOf } from "./sending/door.ts";

type Played = Pick<Nights, "seen" | "read" | "unread">;

/** What a definition declares and no night came to, or nobody can judge in a simulation, in words. */
export function notExercisedIn(definition: Definition, { seen, read, unread }: Played): readonly string[] {
  const { name, sources, load, reconcile } = definition;
  const { closed } = doorsOf(definition);
  const found = [
    ...sources.flatMap((source) => {
      const { kind } = source;
      if (kind === "push" || (kind === "poll" && read)) return [];
      if (kind === "webhook") {
        const closedBy = closed.get(source);
        if (closedBy === undefined) return [];
        return [`${name}: its webhook ${source.path} is not sent to; its records are handed in (${closedBy})`];
      }
      const why =
        kind === "poll" && unread !== undefined ? ` (${unread}). Say how its source answers: poll({ simulate })` : "";
      return [`${name}: its ${kind} source is not read; its records are handed in${why}`];
    }),
    ...(load === undefined ? [] : [`${name}: load is asked only for what is handed in`]),
    ...(reconcile === undefined ? [] : [`${name}: its reconciliation`]),
  ];
  for (const what of seen.keys()) {
    const [, effect] = /^natural POST again: (.*)$/s.exec(what) ?? [];
    if (effect !== undefined)
      found.push(
        `${name}: the effect "${effect}" is a POST that is declared natural, and it was made again: whether its system minds, only its own documentation can say`,
      );
  }
  if (!seen.has("exchange") && !seen.has("performed")) found.push(`${name}: it made no call and no effect`);
  return found;
}
