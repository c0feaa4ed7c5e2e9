import { pollFeeds } from "../sources/feeds.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { print, printJson } from "./output.ts";

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
