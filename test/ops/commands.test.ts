import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { node } from "../cli/project.ts";
import { dashboards, rulesFile } from "./files.ts";

// Whoever is awakened types what the alert says. It has to be a command.

const mark = "npx waybill ";

/** What stands after each mark, as words, to the end of the command or somewhat further. */
function mentions(text: string): readonly (readonly string[])[] {
  return text
    .split(mark)
    .slice(1)
    .map((rest) =>
      (rest.split(/[\n"'`]|[;,:)](?= )|\.(?=[ "]|$)/)[0] ?? "").replaceAll(/\{\{[^}]*\}\}/g, "NAME").split(" "),
    );
}

/** What the command line says to each of them with `--help`. */
function helpsOf(commands: readonly (readonly string[])[]): readonly string[] {
  const program = fileURLToPath(new URL("helps.ts", import.meta.url));
  const words = [...node, program, JSON.stringify(commands)];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", maxBuffer: 10_000_000 });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as readonly string[];
}

test("every command that an alert or a panel names is one, with the options that it has", () => {
  const panels = dashboards().flatMap((board) => board.panels.map(({ description = "" }) => description));
  const found = [...mentions(readFileSync(rulesFile, "utf8")), ...panels.flatMap(mentions)];
  assert.ok(found.length > 50, `${found.length} commands`);
  // The second word may be a subcommand, or how the sentence goes on: the help says which it took it for.
  const asked = found.map(([command = "", second = ""]) => (/^[a-z]+$/.test(second) ? [command, second] : [command]));
  const unique = [...new Map(asked.map((words) => [words.join(" "), words])).values()];
  const [top = "", ...helps] = helpsOf([[], ...unique]);
  const helpOf = new Map(unique.map((words, at) => [words.join(" "), helps[at] ?? ""]));
  found.forEach(([command = "", ...rest], at) => {
    const help = helpOf.get((asked[at] ?? []).join(" ")) ?? "";
    assert.match(top, new RegExp(`^  ${command} `, "m"), `there is no command ${command}`);
    assert.match(help, new RegExp(`^Usage: waybill ${command} `), command);
    for (const option of rest.filter((word) => word.startsWith("--")))
      assert.ok(help.includes(`  ${option}`), `${command} ${rest.join(" ")}: there is no ${option}`);
  });
  for (const known of ["dead ls", "systems probe", "alerts test"])
    assert.match(helpOf.get(known) ?? "", new RegExp(`^Usage: waybill ${known} `), known);
});
