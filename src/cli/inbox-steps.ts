import type { Inbox } from "../model/record.ts";
import { command } from "../model/shell.ts";

/** What stopped together: enough to name it in a command. */
export interface Stopped {
  readonly integration: string;
  readonly tenant: string | undefined;
  readonly cause: string;
}

/** How to go on from an inbox: what has to be put right first, and the command that lets go of what stopped for this cause. */
export function inboxStep(inbox: Inbox, { integration, tenant, cause }: Stopped): string {
  const of = ["--integration", integration, ...(tenant === undefined ? [] : ["--tenant", tenant]), "--cause", cause];
  switch (inbox) {
    case "quarantined":
      if (cause === "conflict")
        return `See which of the two is right: npx waybill show RECORD; then npx waybill release RECORD, or npx waybill quarantine discard RECORD.`;
      return `Where the sender is right, change the contract of ${integration} and start again; otherwise have the sender put it right. Then: ${command("npx waybill release --recheck", ...of)}`;
    case "dead":
      return `Put right what refused them, in the other system or here. Then: ${command("npx waybill replay", ...of)}`;
    case "held":
      return "Look in the other system whether it was applied. Then: npx waybill resolve RECORD --applied '{…}' (with what it answered), or npx waybill resolve RECORD --not-applied";
  }
}
