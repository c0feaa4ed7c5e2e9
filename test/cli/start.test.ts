import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboardAt } from "../../src/cli/start.ts";

test("start and dev name the address at which the dashboard opens: the public one with its path, or one of this machine", () => {
  for (const [publicUrl, listening, expected] of [
    [undefined, "http://127.0.0.1:8080", "http://127.0.0.1:8080/"],
    [undefined, "http://0.0.0.0:8080", "http://127.0.0.1:8080/"],
    [undefined, "http://[::]:8080", "http://[::1]:8080/"],
    ["https://tools.example.com/waybill", "http://0.0.0.0:8080", "https://tools.example.com/waybill/"],
    ["https://tools.example.com/waybill/", "http://127.0.0.1:8080", "https://tools.example.com/waybill/"],
    ["https://waybill.example.com", "http://127.0.0.1:8080", "https://waybill.example.com/"],
  ] as const)
    assert.equal(dashboardAt(publicUrl, listening), expected);
});
