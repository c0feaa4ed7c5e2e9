import { systemsDeclared } from "../define/systems-declared.ts";
import { durationText } from "../model/duration.ts";
import { pollFeeds } from "../sources/feeds.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson, table } from "./output.ts";
import { limitText } from "./rates.ts";

/** `systems`: what is declared. What is in flight and left now only the process that runs knows: `GET /v1/systems` asks it. */
export function systems(options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async ({ json }) => {
    const shown = systemsDeclared().map((system) => ({
      name: system.name,
      baseUrl: system.baseUrl?.href ?? null,
      limits: system.limits.map(limitText),
      timeout: durationText(system.timeoutMs),
      auth: system.auth?.kind ?? "none",
    }));
    if (json) printJson({ systems: shown });
    else {
      print(
        table(shown, [
          { title: "system", of: ({ name }) => name },
          { title: "base URL", of: ({ baseUrl }) => baseUrl ?? "(performs)" },
          { title: "limits", of: ({ limits }) => (limits.length === 0 ? "none" : limits.join(", ")) },
          { title: "timeout", of: ({ timeout }) => timeout },
          { title: "auth", of: ({ auth }) => auth },
        ]),
      );
    }
    return 0;
  });
}

/** `cursor NAME`: where the poll sources of an integration stand. */
export function cursor(name: string, options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const { definition } = assembly.known(name);
    const cursors: { readonly source: string; readonly cursor: unknown }[] = [];
    for (const feed of pollFeeds([definition])) {
      const text = await assembly.ledger.cursor(feed.name);
      cursors.push({ source: feed.name, cursor: text === undefined ? null : JSON.parse(text) });
    }
    if (json) printJson({ cursors });
    else if (cursors.length === 0) print(`"${name}" has no poll source.`);
    else for (const one of cursors) print(`${one.source}: ${JSON.stringify(one.cursor)}`);
    return 0;
  });
}
