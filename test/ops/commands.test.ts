import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { projectFolder, waybill } from "../cli/project.ts";
import { dashboards, rulesFile } from "./files.ts";

// Whoever is awakened types what the alert says. It has to be a command.

const mark = "npx waybill ";

/** What stands after each mark, as words. */
function mentions(text: string): readonly (readonly string[])[] {
  return text
    .split(mark)
    .slice(1)
    .map((rest) =>
      (rest.split(/[\n"'`]|[;,:)](?= )|\.(?=[ "]|$)/)[0] ?? "").replaceAll(/\{\{[^}]*\}\}/g, "NAME").split(" "),
    );
}

test("every command that an alert or a panel names is one, with the options that it has", async (t) => {
  const panels = dashboards().flatMap((board) => board.panels.map(({ description = "" }) => description));
  const found = [...mentions(readFileSync(rulesFile, "utf8")), ...panels.flatMap(mentions)];
  assert.ok(found.length > 50, `${found.length} commands`);
  const folder = projectFolder(t);
  const helps = new Map<string, Promise<string>>();
  const helpOf = (...words: string[]): Promise<string> => {
    const key = words.join(" ");
    const asked =
      helps.get(key) ?? waybill(folder, [...words, "--help"]).then(({ code, stdout }) => (code === 0 ? stdout : ""));
    helps.set(key, asked);
    return asked;
  };
  const top = await helpOf();
  for (const [command = "", ...rest] of found) {
    assert.match(top, new RegExp(`^  ${command} `, "m"), `there is no command ${command}`);
    const words = [command];
    if (new RegExp(`^  ${rest[0]} `, "m").test((await helpOf(command)).split("\nCommands:")[1] ?? ""))
      words.push(rest[0] ?? "");
    const help = await helpOf(...words);
    for (const option of rest.filter((word) => word.startsWith("--")))
      assert.ok(help.includes(`  ${option}`), `${words.join(" ")} has no ${option}`);
  }
  for (const known of ["dead ls", "systems probe", "alerts test"])
    assert.ok(helps.has(known), `${known} was looked at`);
});
