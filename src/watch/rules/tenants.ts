import { finding, type Rule } from "./rule.ts";

/** The list of tenants cannot be read: whoever is new is a stranger, whoever is gone is still served. */
export const tenants: Rule = {
  name: "tenants",
  means: "The list of tenants cannot be read, or something in it cannot be used.",
  help: "`waybill check` says what the list lacks. Until it is mended, the list that was read before holds.",
  find: ({ tenants: lists }) =>
    lists.flatMap(({ name, problems }) =>
      problems.length === 0
        ? []
        : finding({
            rule: "tenants",
            severity: "critical",
            about: name,
            count: problems.length,
            message: `The tenants "${name}": ${problems.slice(0, 3).join("; ")}.`,
            next: "npx waybill check",
          }),
    ),
};
