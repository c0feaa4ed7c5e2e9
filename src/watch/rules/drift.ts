import type { CauseGroup } from "../../ledger/ledger.ts";
import { command } from "../../model/shell.ts";
import type { Drift } from "../drift/drift-watch.ts";
import type { DriftSeen } from "../drift/shapes.ts";
import { finding, type Rule } from "./rule.ts";

/** The shape of what a source brings has changed: one alert for each source, however much has. */
export const drift: Rule = {
  name: "drift",
  means:
    "The shape of what comes has changed: a field is new or missing, has another type, other values, more nulls, another length or size.",
  help: "Look at a sample and ask the sender. Where it is meant, change the contract and start again: then it is usual, as is what lasts for a week. `drift: { ignore: […] }` leaves a path out.",
  find: ({ drifts, ledger }) =>
    drifts.filter((seen) => !ledger.inbox.some((group) => breaksContract(seen, group))).map(ofSource),
};

/** Whether records break the contract because of it: then what they raise is the one alert, and says what has changed. */
export function breaksContract({ integration, drifts }: DriftSeen, group: CauseGroup): boolean {
  if (group.integration !== integration || group.state !== "quarantined" || group.cause !== "contract") return false;
  const broken = (group.reason ?? "").split(":", 1)[0]?.replace(/\.\d+(?=\.|$)/g, "[]") ?? "";
  return drifts.some(
    ({ path, sinceMs }) =>
      group.lastAtMs >= sinceMs && (broken === path || broken.startsWith(`${path}.`) || broken.startsWith(`${path}[]`)),
  );
}

/** What has changed, in words. */
export function changesText(drifts: readonly Drift[]): string {
  const renames = renamed(drifts);
  const told = drifts.map((one) => words(one, renames));
  const more = told.length > shownMax ? `; and ${told.length - shownMax} more` : "";
  return `${told.slice(0, shownMax).join("; ")}${more}`;
}

const shownMax = 8;
/** A vendor that changes this much breaks what reads it. */
const breaking: ReadonlySet<Drift["kind"]> = new Set(["missing", "type"]);

function ofSource({ integration, source, drifts }: DriftSeen): ReturnType<typeof finding> {
  const since = new Date(Math.min(...drifts.map(({ sinceMs }) => sinceMs)))
    .toISOString()
    .slice(0, 16)
    .replace("T", " ");
  const message = `What comes from ${source} for ${integration} has changed since ${since} UTC: ${changesText(drifts)}. Where it is meant, change the contract and start again: then it is usual.`;
  const samples = [...new Set(drifts.flatMap(({ records }) => records))].slice(0, 3);
  return finding({
    rule: "drift",
    severity: drifts.some(({ kind }) => breaking.has(kind)) ? "warning" : "info",
    integration,
    about: source,
    count: drifts.length,
    message,
    samples,
    next:
      samples[0] === undefined
        ? command("npx waybill records --integration", integration)
        : command("npx waybill show", samples[0]),
  });
}

/** What is new beside what is missing, in the same object, is likely the same under another name. */
function renamed(drifts: readonly Drift[]): ReadonlyMap<Drift, Drift> {
  const found = new Map<Drift, Drift>();
  const parent = ({ path }: Drift): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));
  const gone = drifts.filter(({ kind }) => kind === "missing");
  const fresh = drifts.filter(({ kind }) => kind === "new");
  for (const one of gone) {
    const [other, ...others] = fresh.filter((candidate) => parent(candidate) === parent(one));
    const alone = gone.filter((rival) => parent(rival) === parent(one)).length === 1;
    if (other !== undefined && others.length === 0 && alone) found.set(one, other);
  }
  return found;
}

const called = {
  new: "is new",
  missing: "is missing",
  type: "has another type",
  nulls: "is null more often",
  values: "has other values",
  length: "has another length",
  size: "has another size",
} as const satisfies Record<Drift["kind"], string>;

function words(one: Drift, renames: ReadonlyMap<Drift, Drift>): string {
  const other = renames.get(one);
  const perhaps = other === undefined ? "" : `, perhaps it is called "${other.path}" now`;
  const shapes = one.kind === "new" ? one.now : `${one.was} before, ${one.now} now`;
  return `"${one.path}" ${called[one.kind]} (${shapes}${perhaps})`;
}
