import { WaybillError } from "../model/errors.ts";

/** Commands of later versions, with what to do meanwhile. Named, so that nobody takes silence for success. */
export const laterCommands: readonly { readonly name: string; readonly does: string; readonly meanwhile: string }[] = [
  {
    name: "reconcile",
    does: "compare source and destination",
    meanwhile: "waybill balance accounts for everything that was received.",
  },
];

export function notAvailable(name: string): never {
  const command = laterCommands.find((one) => one.name === name);
  throw new WaybillError(
    "not-available",
    `This version of Waybill cannot yet ${command?.does ?? name}.`,
    command?.meanwhile,
  );
}
