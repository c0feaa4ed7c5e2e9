import type { Definition } from "../define/definition.ts";
import { command } from "../model/shell.ts";
import { fileFeeds, pollFeeds, webhookFeeds } from "../sources/feeds.ts";

/** Where to look when nothing comes and nothing was refused: one line or two for each source. @param lastAtMs when the last record came. */
export function silenceSteps(definition: Definition, lastAtMs: number | undefined): readonly string[] {
  const { name } = definition;
  const since =
    lastAtMs === undefined ? "" : ` since ${new Date(lastAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const hasPush = definition.sources.some(({ kind }) => kind === "push");
  return [
    ...webhookFeeds([definition]).map(
      ({ name: source, source: { path } }) =>
        `${source}: its sender does not call, or calls somewhere else. See there whether this webhook is still switched on (many are switched off after failures) and calls this server at ${path}. Then have it send again what it sent or would have sent${since}: what comes twice is known by its id.`,
    ),
    ...pollFeeds([definition]).map(
      ({ name: source }) =>
        `${source}: it is read, and brings nothing new. Where it stands: ${command("npx waybill cursor", name)}. What it was answered: ${command("npx waybill calls --bodies --limit 3 --integration", name)}`,
    ),
    ...fileFeeds([definition]).map(
      ({ name: source, source: { glob } }) =>
        `${source}: see whether whoever writes ${glob} still does. What lies there: ${command("npx waybill check", name)}`,
    ),
    ...(hasPush ? [`push:${name}: see whether what hands it in still runs.`] : []),
  ];
}
