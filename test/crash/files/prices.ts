import { csv, file, type Integration, integration } from "waybill";
import { z } from "zod";

/** Rows of a file, and nobody they go to: what is tested is that each comes in once. */
export const imported: Integration = integration("prices", {
  source: file("inbox/*.csv", { format: csv(), settle: "0s", every: "20ms" }),
  contract: z.object({ sku: z.string().min(1), price: z.string(), note: z.string() }),
  identify: ({ sku }) => ({ id: sku }),
  async deliver() {},
});

/** Some cells go over two lines and hold what separates cells. */
export function fileOf(rows: number): string {
  const lines = ["sku,price,note\r\n"];
  for (let at = 0; at < rows; at++)
    lines.push(
      `S-${at},${at % 900}.50,${at % 7 === 0 ? `"two, lines\r\nof ""${at}"""` : `plain text of row ${at}`}\r\n`,
    );
  return lines.join("");
}
