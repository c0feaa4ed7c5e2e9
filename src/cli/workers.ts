import { workersOf } from "../flow/workers.ts";
import { type ExitCode, type GlobalOptions, withDesk } from "./command.ts";
import { ago, print, printJson, table } from "./output.ts";

/** `workers`: who shares the ledger, in which release, and who was lost of late. */
export function workers(options: GlobalOptions): Promise<ExitCode> {
  return withDesk(options, async ({ assembly, json }) => {
    const all = await workersOf(assembly.ledger);
    const nowMs = assembly.world.clock.now();
    if (json) printJson({ workers: all });
    else if (all.length > 0)
      print(
        table(all, [
          { title: "worker", whole: true, of: ({ name }) => name },
          { title: "process", right: true, of: ({ pid }) => pid },
          { title: "release", of: ({ release }) => release },
          {
            title: "state",
            of: ({ state }) => state,
            style: ({ state }) => (state === "lost" ? "red" : state === "leaving" ? "yellow" : undefined),
          },
          { title: "lanes", right: true, of: ({ lanes }) => lanes },
          { title: "in hand", right: true, of: ({ inHand }) => inHand },
          { title: "since", of: ({ since }) => ago(since, nowMs) },
        ]),
      );
    else if (await assembly.ledger.isOwned()) print("One process works with this ledger, and shares it with nobody.");
    else print("Nobody works with this ledger now.");
    return 0;
  });
}
