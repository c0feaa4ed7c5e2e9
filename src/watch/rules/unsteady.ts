import { command } from "../../model/shell.ts";
import { finding, type Rule } from "./rule.ts";
import { ofWhom } from "./words.ts";

/** Code that makes another request each time that it runs: one alert for each effect. */
export const unsteady: Rule = {
  name: "unsteady",
  means:
    "`deliver` made another request for the same effect when it ran again, `within` that time: the present time or a random number in a body. The stored request stands.",
  help: "Take the fields that the alert names from `now()` and `uuid(name)`, which are the same on every run of a record.",
  find: ({ recent, thresholds, nowMs }) =>
    recent.unsteady
      .filter(({ integration, atMs }) => nowMs - atMs <= thresholds("unsteady", integration).within)
      .map(({ integration, tenant, effect, fields, count, record }) =>
        finding({
          rule: "unsteady",
          severity: "warning",
          integration,
          tenant,
          about: effect,
          count,
          message: `deliver of ${ofWhom(integration, tenant)} makes another request for "${effect}" on each run: ${fields.join(", ")} ${fields.length === 1 ? "differs" : "differ"}. The stored request stands.`,
          samples: [record],
          next: command("npx waybill show", record),
        }),
      ),
};
