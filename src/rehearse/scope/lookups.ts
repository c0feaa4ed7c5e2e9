import dns from "node:dns";
import { refuse } from "./refuse.ts";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";

const names = [
  "lookup",
  "lookupService",
  "resolve",
  "resolve4",
  "resolve6",
  "resolveAny",
  "resolveCaa",
  "resolveCname",
  "resolveMx",
  "resolveNaptr",
  "resolveNs",
  "resolvePtr",
  "resolveSoa",
  "resolveSrv",
  "resolveTlsa",
  "resolveTxt",
  "reverse",
] as const;

type Lookups = Partial<Record<(typeof names)[number], (...parameters: unknown[]) => unknown>>;
type Fail = (refusal: Error, parameters: unknown[]) => unknown;

/** The last parameter is told, in a later tick. */
const byCallback: Fail = (refusal, parameters) => {
  const told = parameters.at(-1);
  if (typeof told === "function") process.nextTick(told as () => void, refusal);
  return {};
};

const byPromise: Fail = (refusal) => Promise.reject(refusal);

function refusing(owner: object, fail: Fail): Replacement[] {
  const lookups = owner as Required<Lookups>;
  return names.map((name) =>
    replaceFunction(
      [lookups],
      name,
      (original) =>
        function (this: unknown, ...parameters) {
          const scope = currentScope();
          if (scope === undefined) return original.apply(this, parameters);
          return fail(refuse(scope, "lookup", `looking up ${String(parameters[0])}`), parameters);
        },
    ),
  );
}

/** The functions of `node:dns` and `node:dns/promises`, and the resolvers of each. */
export const noLookups: readonly Replacement[] = [
  ...refusing(dns, byCallback),
  ...refusing(dns.Resolver.prototype, byCallback),
  ...refusing(dns.promises, byPromise),
  ...refusing(dns.promises.Resolver.prototype, byPromise),
];
