import type { WaybillEvent } from "../model/events.ts";

/** An event in words. */
export function sentence(event: WaybillEvent): string {
  switch (event.event) {
    case "intake.taken":
      return `${whose(event.integration, event.tenant)}: ${event.duplicate ? "a duplicate of" : "took"} ${event.record} from ${event.source}`;
    case "intake.refused":
      return `${event.source}: refused${event.count === 1 ? "" : ` ${event.count} times`}: ${event.reason}: ${event.detail}`;
    case "intake.failed":
      return `${event.source}: nothing was taken: ${event.why}`;
    case "source.handshake":
      return `${event.source}: answered ${event.what}`;
    case "source.started":
      return `${event.source}: ${event.what}`;
    case "source.page":
      return `${event.source}: ${event.records} records${event.more ? ", and there is more" : ""}`;
    case "source.done":
      return `${event.source}: read to its end for now${event.records === undefined ? "" : `: ${event.records} records`}`;
    case "source.called":
      return `${event.source}: ${event.system}: ${event.outcome}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "source.failed":
      return `${event.source} failed: ${event.why}`;
    case "file.started":
      return `${event.source}: reads ${event.file}${event.fromLine === undefined ? "" : ` from line ${event.fromLine} on`} (${event.reading}; ${event.bytes} bytes)`;
    case "file.done":
      return `${event.source}: ${event.file} is read: ${event.rows} rows${event.broken === 0 ? "" : `, ${event.broken} of them quarantined`}`;
    case "file.stopped":
      return `${event.source}: ${event.file} is not read on: ${event.why}${event.hint === undefined ? "" : ` ${event.hint}`}`;
    case "file.changed":
      return `${event.source}: ${event.file} changed while it was read, and is read again once it is still`;
    case "file.known":
      return `${event.source}: the content of ${event.file} was read before, and is not read again`;
    case "file.archived":
      return `${event.source}: ${event.file} was moved to ${event.to}`;
    case "file.unreadable":
      return `${event.source}: ${event.file} cannot be read: ${event.why}`;
    case "effect.intended":
      return `${whose(event.integration, event.tenant)}: ${event.effect} of ${event.record} is about to go to ${event.system}`;
    case "effect.looked-up":
      return `${whose(event.integration, event.tenant)}: ${event.effect} of ${event.record} was looked up: ${lookedUp[event.found]}`;
    case "permit.waited":
      return `${whose(event.system, event.tenant)}: ${event.for} was let in after ${Math.round(event.waitedMs)} ms`;
    case "permit.deferred":
      return `${whose(event.system, event.tenant)}: ${event.for} comes again at ${iso(event.untilMs)}: ${event.why}`;
    case "attempt":
      return `${whose(event.integration, event.tenant)}: ${event.effect} on ${event.system}: ${event.outcome}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "effect.unsteady":
      return `${whose(event.integration, event.tenant)}: deliver makes another request for "${event.effect}" on each run (${event.fields.join(", ")}); the stored one stands. now() and uuid(name) are fixed per record`;
    case "record.settled":
      return `${whose(event.integration, event.tenant)}: ${event.record} is ${event.state}${event.cause === undefined ? "" : ` (${event.cause})`}${event.reason === undefined ? "" : `: ${event.reason}`}`;
    case "record.loaded":
      return `${whose(event.integration, event.tenant)}: ${event.record} was loaded${event.found ? "" : ", and is not there"}`;
    case "record.moved":
      return `${event.record} was moved to ${event.state} by ${event.actor}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "run.hung":
      return `${whose(event.integration, event.tenant)}: deliver did not end within ${event.afterMs} ms for ${event.record}`;
    case "run.late":
      return `${whose(event.integration, event.tenant)}: deliver went on after its run had ended: ${event.what} was refused for ${event.record}`;
    case "alert":
      return `alert ${event.id} (${event.rule}) ${event.news}: ${event.message} ${event.news === "resolved" ? "" : event.next}`;
    case "watch.failed":
      return `what watches failed, and delivery goes on: ${event.what}: ${event.why}`;
    case "system.opened":
      return `${whose(event.system, event.tenant)} is left alone: ${event.why}`;
    case "system.closed":
      return `${whose(event.system, event.tenant)} is back`;
    case "system.stopped":
      return `${whose(event.system, event.tenant)} asked to be left alone: ${event.why}`;
    case "system.absurd":
      return `${whose(event.system, event.tenant)} answered something absurd: ${event.what}`;
    case "system.partial":
      return `${whose(event.system, event.tenant)} has more than ${event.what} answered: walk it with pages(), or ask for less`;
    case "system.freed":
      return `${whose(event.system, event.tenant)} may be called again: the stop that it asked for is over`;
    case "system.probing":
      return `${whose(event.system, event.tenant)}: ${event.record} finds out whether it is back`;
    case "system.probed":
      return `${whose(event.system, event.tenant)} was probed: ${event.outcome}${event.status === undefined ? "" : ` (status ${event.status})`}`;
    case "system.contradicted":
      return `${whose(event.system, event.tenant)} says that it takes less than is declared: ${event.told}; declared is ${event.declared}. The stricter holds; declare what it says`;
    case "system.lowered":
      return `${whose(event.system, event.tenant)} gets ${event.atOnce} calls at once for now: ${event.why}`;
    case "system.raised":
      return event.atOnce === undefined
        ? `${whose(event.system, event.tenant)} gets as many calls at once as before`
        : `${whose(event.system, event.tenant)} gets ${event.atOnce} calls at once again`;
    case "tenants.listed": {
      const changes = `${event.added} new, ${event.gone} gone`;
      return `tenants ${event.tenants}: there are ${event.count} (${changes})${event.gone === 0 ? "" : "; what is kept of those that are gone waits"}`;
    }
    case "tenants.failed":
      return `tenants ${event.tenants}: ${event.why}`;
    case "system.unauthorized":
      return `${whose(event.system, event.tenant)} does not let us in: ${event.why}${event.next === null ? "" : `; ${event.next}`}`;
    case "system.authorized":
      return `${whose(event.system, event.tenant)} lets us in again`;
    case "token.refreshed":
      return `${whose(event.system, event.tenant)}: a new token${event.expiresAtMs === undefined ? "" : `, good until ${iso(event.expiresAtMs)}`}`;
    case "ledger.failed":
      return `the ledger failed: ${event.why}`;
    case "worker.lost":
      return "this worker could not reach the ledger for too long: what it had in hand is given to others, or begun again";
    case "ledger.recovered":
      return "the ledger works again";
    case "server.failed":
      return `${event.method} ${event.path} failed: ${event.why}`;
    case "paused":
      return `${event.kind} ${event.name} is paused by ${event.actor}${event.why === undefined ? "" : `: ${event.why}`}; waybill resume ${event.kind === "tenant" ? "--tenant " : ""}${event.name} lets it go on`;
    case "resumed":
      return `${event.kind} ${event.name} goes on`;
    case "restored":
      return `this ledger was restored on ${iso(event.atMs)} from a copy of ${iso(event.copiedAtMs)}: what was sent in between is in doubt; new records count as sent before until ${iso(event.doubtNewUntilMs)}`;
    case "asked":
      return `asked for by another command: ${event.what} ${event.about}`;
    case "pruned":
      return `let go of ${event.payloads} payloads, ${event.records} records, ${event.marks} marks and ${event.calls} calls`;
    case "started":
      return `runs ${event.integrations.join(", ") || "no integrations"} on ${event.ledger}`;
    case "heartbeat.failed":
      return `the heartbeat did not arrive: ${event.why}`;
    case "heartbeat.recovered":
      return "the heartbeat arrives again";
    case "inactive":
      return `inactive: ${event.what}`;
    case "respond.ignored":
      return `${event.source}: respond cannot be followed: ${event.why}`;
    case "code.rejected":
      return `code of an integration left a rejected promise behind, not awaited: ${event.why}`;
    case "stopping":
      return "stopping";
    case "stopped":
      return "stopped";
  }
}

const lookedUp = {
  one: "it is there",
  several: "several match",
  none: "it is not there",
  "not-yet": "it is not there yet",
  "nobody-knows": "the lookup failed",
} as const;

/** `orders`, or `orders (shop-7)` where each tenant has its own. */
function whose(name: string, tenant: string | undefined): string {
  return tenant === undefined || tenant === "" ? name : `${name} (${tenant})`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
