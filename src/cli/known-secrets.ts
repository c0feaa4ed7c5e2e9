import type { Assembly } from "../assembly/assembly.ts";
import { secretsIn, secretsNamed, tenantsOfSecret } from "../define/secret.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import type { Project } from "./project.ts";

// A value can only be kept out of what is printed when it is known. Commands that need no secret read them all the same, as far as they are set, and
// use them for nothing else: a record may well hold one that its destination echoed.

/** Reads every secret that is declared, so that it is redacted by value wherever it appears. One that is missing is nobody's problem here. */
export function knowSecrets({ secrets, integrations }: Assembly, { config }: Project): void {
  const sources = [...integrations.values()].map(({ definition }) => definition.sources);
  const found = [config.server, config.alerts, ...systemsDeclared(), ...sources.flat()].flatMap((one) =>
    secretsIn(one),
  );
  for (const name of new Set([...secretsNamed(), ...found.map((one) => one.name)])) knowSecret(secrets, name);
}

/** Secrets that stored requests name: they were declared inside `deliver`, where nobody sees them before it runs. */
export function knowSecretsOf({ secrets }: Assembly, requests: readonly string[]): void {
  for (const request of requests) {
    for (const [, name] of request.matchAll(/"secret":"([A-Z_][A-Z0-9_]*)"/g)) knowSecret(secrets, name);
    for (const [, list] of request.matchAll(/"secrets":\[([^\]]*)\]/g))
      for (const [, name] of (list ?? "").matchAll(/"([A-Z_][A-Z0-9_]*)"/g)) knowSecret(secrets, name);
  }
}

function knowSecret(secrets: Assembly["secrets"], name: string | undefined): void {
  try {
    if (name !== undefined && tenantsOfSecret(name) === undefined) secrets.optional(name);
  } catch {
    // A file that cannot be read is said where the secret is needed.
  }
}
