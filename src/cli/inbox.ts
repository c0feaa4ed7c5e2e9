import type { How } from "../flow/inboxes.ts";
import { groupView } from "../flow/views.ts";
import { said, WaybillError } from "../model/errors.ts";
import { decodeJson } from "../model/json.ts";
import type { Inbox } from "../model/record.ts";
import { type ActOptions, act, type Verb } from "./act.ts";
import { type ExitCode, withDesk } from "./command.ts";
import { inboxStep, type Stopped } from "./inbox-steps.ts";
import { ago, plain, print, printJson, say, styled, table } from "./output.ts";
import type { RecordsOptions } from "./records.ts";

export interface ResolveOptions extends ActOptions {
  readonly applied?: string;
  readonly notApplied?: boolean;
  readonly keep?: boolean;
  readonly redo?: boolean;
  readonly reread?: boolean;
  readonly unchecked?: boolean;
  readonly effect?: string;
}

type Shown = ReturnType<typeof groupView>;

/** `quarantine ls`, `dead ls`, `held ls`: one line for all that stopped for the same rule. */
export function ls(inbox: Inbox, options: RecordsOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    if (options.integration !== undefined) assembly.known(options.integration);
    const groups = (await assembly.ledger.rules([inbox], options.integration))
      .filter(({ cause }) => options.cause === undefined || options.cause === cause)
      .filter(({ tenant }) => options.tenant === undefined || options.tenant === tenant)
      .map((group) => groupView(group, assembly.secrets.redact));
    if (json) printJson({ groups });
    else if (groups.length === 0) print(styled("green", `Nothing is ${inbox}.`));
    else printGroups(inbox, groups, assembly.world.clock.now());
    return 0;
  });
}

function printGroups(inbox: Inbox, groups: readonly Shown[], nowMs: number): void {
  const hasPaths = groups.some(({ path }) => path !== "");
  print(
    table<Shown>(groups, [
      { title: "integration", of: (group) => String(group.integration) },
      ...(groups.some(({ tenant }) => tenant !== undefined)
        ? [{ title: "tenant", of: (group: Shown) => String(group.tenant ?? "") }]
        : []),
      { title: "cause", of: (group) => String(group.cause), style: () => "yellow" },
      { title: "records", right: true, of: (group) => String(group.count) },
      ...(hasPaths ? [{ title: "path", of: (group: Shown) => String(group.path ?? "") }] : []),
      { title: "why", of: (group) => String(group.message ?? "") },
      { title: "first", of: (group) => ago(group.firstAt as string | null, nowMs) },
      { title: "newest", of: (group) => ago(group.lastAt as string | null, nowMs) },
      { title: "sample", of: (group) => String(group.sample) },
    ]),
  );
  const total = groups.reduce((sum, { count }) => sum + Number(count), 0);
  say(styled("dim", `${total.toLocaleString("en")} in all; npx waybill show SAMPLE tells all about one.`));
  const steps = new Set(groups.map((group) => inboxStep(inbox, stoppedFor(group))));
  for (const step of [...steps].slice(0, stepsMax)) say(styled("dim", plain(step)));
}

/** Whoever has more than these causes at once begins with the first. */
const stepsMax = 3;

function stoppedFor({ integration, tenant, cause }: Shown): Stopped {
  return {
    integration: String(integration),
    tenant: tenant === undefined ? undefined : String(tenant),
    cause: String(cause),
  };
}

export interface ReleaseOptions extends ActOptions {
  readonly recheck?: boolean;
  readonly sameAs?: boolean;
}

/** With `--recheck` everything in the quarantine, unless something else is selected. */
export function release(record: string | undefined, options: ReleaseOptions): Promise<ExitCode> {
  const recheck = options.recheck === true;
  const sameAs = options.sameAs === true;
  const leaveConflicts = record === undefined && options.cause !== "conflict";
  const verb: Verb = {
    name: "release",
    from: "quarantined",
    takesAll: recheck,
    move: ({ inboxes }, one, person, how) => inboxes.release(one, person, { ...how, recheck, sameAs, leaveConflicts }),
  };
  return act(verb, record, options);
}

const replaying: Verb = {
  name: "replay",
  from: "dead",
  move: ({ inboxes }, one, person, how) => inboxes.replay(one, person, how),
};

/** Dead ones by a filter; by name also filtered, discarded and superseded ones. */
export function replay(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return act(replaying, record, options);
}

export function resolve(record: string | undefined, options: ResolveOptions): Promise<ExitCode> {
  const how = howOf(options);
  const verb: Verb = {
    name: "resolve",
    from: "held",
    move: ({ inboxes }, one, person, moveOptions) => inboxes.resolve(one, person, how, moveOptions),
  };
  return act(verb, record, options);
}

export interface DiscardOptions extends ActOptions {
  readonly keepEffects?: boolean;
}

export function discard(inbox: Inbox, record: string | undefined, options: DiscardOptions): Promise<ExitCode> {
  const keepEffects = options.keepEffects === true;
  const verb: Verb = {
    name: "discard",
    from: inbox,
    move: ({ inboxes }, one, person, how) => inboxes.discard(one, person, { ...how, keepEffects }),
  };
  return act(verb, record, options);
}

const ending: Verb = {
  name: "end",
  from: "waiting",
  move: ({ inboxes }, one, person, how) => inboxes.end(one, person, how),
};

/** `dead end`: ends waiting records, such as those that are being retried. */
export function end(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return act(ending, record, options);
}

/** `dead RECORD` ends one. Without a record it lists, as the other inboxes do. */
export function endOrList(record: string | undefined, options: ActOptions): Promise<ExitCode> {
  return record === undefined ? ls("dead", options) : end(record, options);
}

function howOf(options: ResolveOptions): How {
  const effect = options.effect === undefined ? {} : { effect: options.effect };
  const given: How[] = [];
  if (options.applied !== undefined) {
    const unchecked = options.unchecked === true;
    given.push({ kind: "applied", result: appliedResult(options.applied), unchecked, ...effect });
  }
  if (options.notApplied === true) given.push({ kind: "not-applied", ...effect });
  for (const kind of ["keep", "redo", "reread"] as const) if (options[kind] === true) given.push({ kind, ...effect });
  const [how] = given;
  if (how !== undefined && given.length === 1) return how;
  throw new WaybillError(
    "bad-usage",
    given.length === 0 ? "resolve has to be told how." : "resolve can be told only one thing.",
    "One of --applied '{…}' (what it answered), --not-applied, --keep, --redo, --reread.",
  );
}

function appliedResult(text: string): unknown {
  try {
    return decodeJson(text);
  } catch (error) {
    throw new WaybillError(
      "bad-usage",
      `--applied is not JSON: ${said(error)}`,
      `Quote it: --applied '{"id": "inv_1"}'.`,
    );
  }
}
