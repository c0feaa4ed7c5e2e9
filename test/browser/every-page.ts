// Every page that there is, over the same company: what is true of pages is asked of all of them.
import type { Page } from "playwright-core";
import { allStates } from "../../src/model/record.ts";
import { query } from "../../src/server/dashboard/shown.ts";
import type { Desk } from "./desk.ts";

export interface PageOf {
  readonly name: string;
  /** Brings a window there. */
  go(page: Page): Promise<unknown>;
}

const plain = {
  overview: "/",
  records: "/records",
  inboxes: "/inboxes",
  alerts: "/alerts",
  systems: "/systems",
  integration: "/integrations/orders",
  tenant: "/tenants/auckland",
  "paused-system": "/systems/crm",
  "systems-week": "/systems?days=7",
  sources: "/sources",
  drift: "/drift",
  week: "/week",
  "sign-in": "/sign-in",
  error: "/records/nothing-of-that-name",
} as const;

/** What Waybill says about the forty orders with a currency that there is not. */
const currency = (desk: Desk): Promise<string> =>
  desk.assembly.ledger.rules(["quarantined"], "orders").then((groups) => {
    const group = groups.find(({ path }) => path === "currency");
    if (group === undefined) throw new Error("No order has a currency that there is not.");
    return `/inboxes/quarantine${query({ integration: "orders", cause: group.cause, path: group.path, message: group.message })}`;
  });

/** @throws {Error} when no record is in one of the states: then a page would not be looked at. */
export async function everyPage(desk: Desk): Promise<readonly PageOf[]> {
  const pages: PageOf[] = Object.entries(plain).map(([name, path]) => ({ name, go: (page) => page.goto(path) }));
  for (const state of allStates) {
    const [row] = await desk.rows({ states: [state] });
    if (row === undefined) throw new Error(`No record is ${state}.`);
    pages.push({ name: `record-${state}`, go: (page) => page.goto(`/records/${row.record}`) });
  }
  const alerts = await desk.assembly.ledger.alerts({});
  const alert = alerts.find(({ rule }) => rule === "breaker");
  if (alert === undefined) throw new Error("No system is down.");
  const path = await currency(desk);
  return [
    ...pages,
    { name: "alert", go: (page) => page.goto(`/alerts/${alert.id}`) },
    { name: "decide", go: (page) => page.goto(path) },
    { name: "dry-run", go: (page) => dryRun(page, path) },
  ];
}

async function dryRun(page: Page, path: string): Promise<void> {
  await page.goto(path);
  const edit = page.locator("details.choice").filter({ hasText: "Edit all" });
  await edit.locator("summary").click();
  await edit.getByLabel("Path").fill("currency");
  await edit.getByLabel("Value").fill("AUD");
  await edit.getByLabel("Why").fill("their A$ is AUD");
  await edit.getByRole("button", { name: "Say what it would do" }).click();
  await page.getByRole("heading", { name: "What edit would do" }).waitFor();
}
