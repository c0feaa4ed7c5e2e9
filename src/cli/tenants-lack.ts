import type { Assembly } from "../assembly/assembly.ts";
import type { Definition } from "../define/definition.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import type { TenantsDefinition } from "../define/tenants.ts";
import { said } from "../model/errors.ts";
import { TenantSystems } from "../systems/tenant-system.ts";
import type { Finding } from "./finding.ts";

const namedMax = 5;
const atOnce = 20;

/** What tenants lack before anything can be done for them: a list that can be read, secrets, an address. */
export async function aboutTenants(
  assembly: Assembly,
  definitions: readonly Definition[],
): Promise<readonly Finding[]> {
  const sets = new Set(definitions.flatMap(({ per }) => (per === undefined ? [] : [per])));
  return (await Promise.all([...sets].map((per) => aboutSet(assembly, per)))).flat();
}

async function aboutSet({ tenants, secrets }: Assembly, per: TenantsDefinition): Promise<readonly Finding[]> {
  const about = `tenants "${per.name}"`;
  let ids: readonly string[];
  try {
    ids = await tenants.ids(per.name);
  } catch (error) {
    return [
      { about, problem: secrets.redact(said(error)), hint: "Nobody is asked and nothing delivered until it can be." },
    ];
  }
  const problems = tenants.state().find(({ name }) => name === per.name)?.problems ?? [];
  const findings: Finding[] = problems.map((problem) => ({
    about,
    problem: `${problem}.`,
    hint: "Put the list right.",
  }));
  if (ids.length === 0)
    findings.push({ about, problem: "its list is empty.", hint: "Nothing is done until somebody is in it." });
  const lacking = new Map<string, { ids: string[]; why: string }>();
  for (let from = 0; from < ids.length; from += atOnce)
    await Promise.all(
      ids.slice(from, from + atOnce).map(async (id) => {
        for (const [what, why] of await lacksOf(tenants, per, id)) {
          const known = lacking.get(what) ?? { ids: [], why };
          known.ids.push(id);
          lacking.set(what, known);
        }
      }),
    );
  for (const [what, { ids: without, why }] of lacking) {
    const named = without.slice(0, namedMax).join(", ") + (without.length > namedMax ? ", …" : "");
    const problem = `${without.length} of ${ids.length} cannot use ${what}: ${named}.`;
    findings.push({ about, problem, hint: `The first: ${secrets.redact(why)}` });
  }
  return findings;
}

async function lacksOf(
  tenants: Assembly["tenants"],
  per: TenantsDefinition,
  id: string,
): Promise<readonly (readonly [string, string])[]> {
  const ref = { of: per.name, id };
  await tenants.loadSecrets(ref);
  const own = tenants.secretsOf(ref);
  const addresses = new TenantSystems(tenants);
  return [
    ...Object.keys(per.secrets).map((name) => [`the secret ${name}`, () => own.value(`${per.name}/${name}`)] as const),
    ...systemsDeclared()
      .filter((system) => system.per?.name === per.name)
      .map((system) => [`the address of system "${system.name}"`, () => addresses.of(system, ref)] as const),
  ].flatMap(([what, look]) => {
    try {
      look();
      return [];
    } catch (error) {
      return [[what, said(error)] as const];
    }
  });
}
