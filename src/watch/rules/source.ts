import type { Finding } from "../../model/alert.ts";
import { durationText } from "../../model/duration.ts";
import { command } from "../../model/shell.ts";
import type { FileStatus } from "../../sources/files.ts";
import type { PollStatus } from "../../sources/poll.ts";
import type { Observation } from "./observation.ts";
import { finding, type Rule } from "./rule.ts";
import { timeText } from "./words.ts";

/** A source that is not read: nothing comes, and nothing fails either. */
export const source: Rule = {
  name: "source",
  means:
    "A poll failed `failures` times in a row or is `late`, a file is not read on because a person is needed, or a folder cannot be looked at.",
  help: "The alert says what the source answered. `waybill cursor NAME` says how far a poll came; `waybill run NAME` reads it now.",
  find: (seen) => [
    ...seen.polls.flatMap((poll) => pollFinding(poll, seen)),
    ...seen.files.flatMap((files) => fileFindings(files)),
  ],
};

function pollFinding(poll: PollStatus, { thresholds, nowMs }: Observation): Finding[] {
  const [integration = null] = poll.integrations;
  const limit = thresholds("source", integration);
  const lateMs = poll.running || poll.nextRunAtMs === undefined ? 0 : nowMs - poll.nextRunAtMs;
  const fails = poll.failures >= limit.failures;
  if (!fails && lateMs < limit.late) return [];
  const last =
    poll.lastRunAtMs === undefined
      ? "It has not been read since the start"
      : `It was last tried at ${timeText(poll.lastRunAtMs, nowMs)}`;
  const what = fails
    ? `${poll.source} failed ${poll.failures} times in a row: ${poll.lastError ?? "it does not say why"}. ${last}.`
    : `${poll.source} (${poll.schedule}) should have been read ${durationText(lateMs)} ago. ${last}.`;
  return [
    finding({
      rule: "source",
      severity: "critical",
      integration,
      about: poll.source,
      count: Math.max(1, poll.failures),
      message: what,
      next: integration === null ? "npx waybill check" : command("npx waybill cursor", integration),
    }),
  ];
}

function fileFindings({ source, integrations, stopped, lastError }: FileStatus): Finding[] {
  const [integration = null] = integrations;
  const next = integration === null ? "npx waybill check" : command("npx waybill check", integration);
  const given = { rule: "source", severity: "critical", integration, next } as const;
  const files = stopped.map(({ file, why }) =>
    finding({ ...given, about: `${source} ${file}`, message: `${source}: ${file} is not read on: ${why}` }),
  );
  if (lastError === undefined) return files;
  return [...files, finding({ ...given, about: source, message: `${source} cannot be looked at: ${lastError}` })];
}
