import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dashboard, dashboards, type Panel } from "./files.ts";

const source = "$" + "{datasource}";

function overlap(one: Panel, other: Panel): boolean {
  const [a, b] = [one.gridPos, other.gridPos];
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function faultsOf({ panels, templating }: Dashboard): string[] {
  const variables = new Set(templating.list.map(({ name }) => name));
  const known = new Set([...variables, "__rate_interval"]);
  const faults: string[] = [];
  for (const name of ["datasource", "job", "integration", "system"])
    if (!variables.has(name)) faults.push(`no variable ${name}`);
  for (const { name, type, datasource } of templating.list)
    if (type !== "datasource" && datasource?.uid !== source) faults.push(`variable ${name}: another datasource`);
  panels.forEach((panel, at) => {
    const { title, gridPos, targets = [], type } = panel;
    const fault = (what: string): void => void faults.push(`${title}: ${what}`);
    if (gridPos.x < 0 || gridPos.x + gridPos.w > 24) fault("wider than the page");
    for (const other of panels.slice(at + 1)) {
      if (other.id === panel.id) fault(`the same id as ${other.title}`);
      if (overlap(panel, other)) fault(`lies over ${other.title}`);
    }
    if (type === "row") return;
    if (type === "stat" && !JSON.stringify(panel.fieldConfig).includes('"-1":{"'))
      fault("looks well when there is nothing to show");
    if (targets.length === 0) fault("shows nothing");
    if (panel.datasource?.uid !== source) fault("another datasource");
    if ((panel.description ?? "").length < 20) fault("does not say what it means");
    if (new Set(targets.map(({ refId }) => refId)).size !== targets.length) fault("two targets of one name");
    for (const { expr, legendFormat, datasource } of targets) {
      if (expr.trim() === "" || legendFormat.trim() === "") fault("no expression, or no legend");
      if (datasource.uid !== source) fault("a target of another datasource");
      for (const [, name = ""] of expr.matchAll(/\$(\w+)/g)) if (!known.has(name)) fault(`no variable ${name}`);
    }
  });
  return faults;
}

test("each dashboard is whole: ids, places, variables, a legend and a meaning for everything that it shows", () => {
  const all = dashboards();
  assert.deepEqual(all.map(({ uid }) => uid).sort(), ["waybill-overview", "waybill-systems"]);
  for (const dashboard of all) {
    assert.ok(dashboard.panels.length > 10);
    assert.deepEqual(faultsOf(dashboard), [], dashboard.file);
  }
  assert.ok(all.some(({ templating }) => templating.list.some(({ name }) => name === "tenant")));
});

test("a dashboard that is not whole is found out", () => {
  const [first] = dashboards();
  assert.ok(first !== undefined);
  const panel = first.panels[1] as Panel;
  const broken: Dashboard = {
    ...first,
    panels: [
      ...first.panels,
      { ...panel, targets: [{ ...(panel.targets ?? [])[0], expr: 'up{x=~"$nobody"}' }] as never },
    ],
  };
  const faults = faultsOf(broken).join("\n");
  for (const what of ["the same id", "lies over", "no variable nobody"]) assert.ok(faults.includes(what), faults);
});
