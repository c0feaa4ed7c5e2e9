// A poll: products are asked for every few seconds, page by page, and the cursor moves with the records that it brought.
import { integration, poll, system } from "waybill";
import { z } from "zod";

const warehouse = system("warehouse", { baseUrl: process.env.WAREHOUSE_URL ?? "http://127.0.0.1:9006" });
const shop = system("shop", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:9007" });

const Product = z.object({
  // No sku of this kind leads elsewhere where it stands in a path.
  sku: z.string().regex(/^[A-Z]\d*(?:[ -]\d+)*$/),
  stock: z.number().int().min(0),
  changed: z.number().int(),
});
const Page = z.object({ products: z.array(z.unknown()), next: z.number().int(), more: z.boolean() });

export default integration("stock-to-shop", {
  source: poll<number>({
    every: "5s",
    async fetch({ cursor, call }) {
      const page = await call(warehouse.get("/products", { query: { after: String(cursor ?? 0) }, expect: Page }));
      return { records: page.products, cursor: page.next, more: page.more };
    },
  }),
  contract: Product,
  identify: ({ sku, changed }) => ({ id: `${sku}@${changed}`, entity: sku, version: changed }),
  // Of many changes that wait, only the newest goes out.
  latestOnly: true,
  async deliver({ sku, stock }, { effect }) {
    await effect("stock", shop.put(`/products/${encodeURIComponent(sku)}/stock`, { json: { stock } }));
  },
});
