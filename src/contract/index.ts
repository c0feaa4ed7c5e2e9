// The words that contracts are written with: zod 4 schemas, so that they nest in `z.object`. zod is the only thing that has to be installed
// for them, and only for them: `waybill` itself takes any Standard Schema. Two helpers ask for a library of their own when they are declared.
import "../node-version.ts";

export { type CountryOptions, country } from "./country.ts";
export { type CurrencyOptions, currency } from "./currency.ts";
export { type DayOptions, day } from "./day.ts";
export { type DecimalOptions, decimal } from "./decimal.ts";
export { type DurationOptions, duration } from "./duration.ts";
export { email } from "./email.ts";
export { type FlagOptions, flag } from "./flag.ts";
export { gtin } from "./gtin.ts";
export { type IbanOptions, iban } from "./iban.ts";
export { type InstantOptions, instant } from "./instant.ts";
export { type IntegerOptions, integer } from "./integer.ts";
export { type ListOptions, list } from "./list.ts";
export { type Money, type MoneyOptions, money } from "./money.ts";
export { type NothingOptions, type Optional, type OptionalTextOptions, optionalText, orNothing } from "./nothing.ts";
export { abn, type OfficialNumberOptions, officialNumber } from "./official-number.ts";
export { type Choices, type OneOfOptions, oneOf } from "./one-of.ts";
export { type PhoneOptions, phone } from "./phone.ts";
export { type TextOptions, text } from "./text.ts";
export { type UrlOptions, url } from "./url.ts";
