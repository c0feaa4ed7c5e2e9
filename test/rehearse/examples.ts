// Rehearses the examples, the project that `init` writes and the integrations that are right through many nights: no promise may break, and memory has to
// stay where it is. `embedded.ts` rehearses itself, in a test runner.
//
//   npm run rehearse:examples -- [--nights 10000] [--seed 1] [--only name,…]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Integration } from "waybill";
import { rehearse } from "waybill/rehearse";
import right from "./bugs/right.ts";

const { values } = parseArgs({
  options: {
    nights: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const nights = Number(values.nights);
const only = values.only?.split(",");

/** Made of its contract, everything would be of a type that it does not want. */
const samples: Readonly<Record<string, string>> = {
  "sources/stripe": fileURLToPath(new URL("samples/stripe.jsonl", import.meta.url)),
};

async function examples(): Promise<readonly (readonly [name: string, integration: Integration])[]> {
  const files = {
    "orders-to-invoices": () => import("../../examples/orders-to-invoices.ts"),
    "contacts-to-crm": () => import("../../examples/contacts-to-crm.ts"),
    "prices-import": () => import("../../examples/prices-import.ts"),
    "demo orders": () => import("../../examples/demo/orders.ts"),
    "sources/file": () => import("../../examples/sources/file.ts"),
    "sources/poll": () => import("../../examples/sources/poll.ts"),
    "sources/push": () => import("../../examples/sources/push.ts"),
    "sources/stripe": () => import("../../examples/sources/stripe.ts"),
    "sources/webhook": () => import("../../examples/sources/webhook.ts"),
    init: () => import("../../templates/init/integrations/orders.ts"),
  };
  const loaded = Object.entries(files).map(async ([name, load]) => [name, (await load()).default] as const);
  return [...(await Promise.all(loaded)), ...right.map((one) => [`right ${one.name}`, one] as const)];
}

const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000);
let isRight = true;
console.log(
  "| integration | nights | records | delivered | faults a night | ms a night | heap at a tenth, at the end (MB) | alarms |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
for (const [name, integration] of await examples()) {
  if (only?.includes(name) === false) continue;
  const heaps: number[] = [];
  const began = process.cpuUsage();
  const report = await rehearse(integration, {
    nights,
    seed: Number(values.seed),
    ...(samples[name] && { from: samples[name] }),
    onNight: (over) => {
      if (over % Math.ceil(nights / 10) !== 0) return;
      globalThis.gc?.();
      heaps.push(megabytes(process.memoryUsage().heapUsed));
    },
  });
  const { user, system } = process.cpuUsage(began);
  const faults = Object.entries(report.seen).reduce(
    (sum, [what, times]) => sum + (what.startsWith("fault ") ? times : 0),
    0,
  );
  const alarms = report.void ? "void" : report.failures.map(({ promise, seed }) => `${promise} (${seed})`).join(", ");
  if (!report.ok) {
    isRight = false;
    console.error(report.summary);
  }
  const cells = [
    name,
    nights,
    report.records,
    report.seen["state delivered"],
    (faults / nights).toFixed(1),
    ((user + system) / 1_000 / nights).toFixed(0),
    `${heaps[0]}, ${heaps.at(-1)}`,
    alarms === "" ? "none" : alarms,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
process.exitCode = isRight ? 0 : 1;
