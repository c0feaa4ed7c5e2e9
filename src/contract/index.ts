// The words that contracts are written with: zod 4 schemas, so that they nest in `z.object`. zod is the only thing that has to be installed
// for them, and only for them: `waybill` itself takes any Standard Schema.
import "../node-version.ts";

export { type DayOptions, day } from "./day.ts";
export { type Money, type MoneyOptions, money } from "./money.ts";
export { type TextOptions, text } from "./text.ts";
