import type { Command } from "commander";
import { closest } from "../model/did-you-mean.ts";

/**
 * A group that lists when nothing else is said takes every word that it does not know for one of the list's: `systems prob x`. Here it says what was
 * probably meant.
 */
export function sayWhatWasMeant(program: Command): void {
  for (const group of program.commands)
    for (const list of group.commands.filter((command) => command.name() === "ls"))
      list.allowExcessArguments().hook("preAction", () => refuseWord(group, list.args[0]));
}

function refuseWord(group: Command, word: string | undefined): void {
  if (word === undefined) return;
  const names = group.commands.map((command) => command.name());
  const meant = closest(word, names);
  const hint = meant === undefined ? `There are: ${names.join(", ")}` : `Did you mean ${meant}?`;
  group.error(`error: unknown command '${word}' of ${group.name()}\n(${hint})`, { code: "commander.unknownCommand" });
}
