import { finding, type Rule } from "./rule.ts";

/** Answers that cannot be, or that say another thing than what is declared. */
export const absurd: Rule = {
  name: "absurd",
  means:
    "A system answers something absurd (such as a pause of ten years), or its answers contradict a declared limit, `within` that time. What is absurd was capped or left out.",
  help: "Compare the declaration of the system with its documentation: `waybill systems` shows what its answers tell.",
  find: ({ recent, thresholds, nowMs }) =>
    recent.absurd
      .filter(({ atMs }) => nowMs - atMs <= thresholds("absurd", null).within)
      .map(({ system, what, count }) =>
        finding({
          rule: "absurd",
          severity: "warning",
          system,
          about: what.slice(0, 200),
          count,
          message: `${system}: ${what}.`,
          next: "npx waybill systems",
        }),
      ),
};
