// Files: a warehouse puts its stock into a folder, as a program from 1995 writes it. Each line is a record; what was read moves to the archive.
import { file, fixedWidth, integration, system } from "waybill";
import { text } from "waybill/contract";
import { z } from "zod";

const shop = system("shop-stock", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:9007" });

export default integration("stock-files", {
  source: file("stock/*.txt", {
    format: fixedWidth({ columns: { sku: 10, stock: 6, place: 20 }, encoding: "cp850" }),
    // The warehouse writes stock.txt first and stock.txt.done when it is complete.
    ready: ".done",
    after: { archive: "stock/read" },
  }),
  contract: z.object({
    // No sku of this kind leads elsewhere where it stands in a path.
    sku: z.string().regex(/^[A-Z]\d{1,9}$/),
    // As many digits as the column has: of six hundred, the number would be infinite.
    stock: z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
    place: text(),
  }),
  identify: ({ sku, stock }) => ({ id: `${sku}=${stock}`, entity: sku }),
  async deliver({ sku, stock, place }, { effect }) {
    await effect("stock", shop.put(`/products/${encodeURIComponent(sku)}/stock`, { json: { stock, place } }));
  },
});
