// What is sent to the integrations of the scene before its ledger is kept: something for every state that a record can be in.

export const orderOf = (id: string, does: string, customer: string = id): object => ({
  id,
  customer,
  does,
  total: "10.00",
});

export const sent: readonly { readonly name: string; readonly tenant?: string; readonly records: readonly object[] }[] =
  [
    {
      name: "orders",
      records: [
        ...Array.from({ length: 20 }, (_, index) => orderOf(`O-${index}`, "ok", `C-${index % 5}`)),
        orderOf("O-0", "ok", "C-0"),
        { ...orderOf("O-1", "ok", "C-1"), total: "11.00" },
        { id: "", customer: "C-2", does: "ok", total: "10.00" },
        { id: "O-thrown-away", customer: 7 },
        orderOf("O-ignored", "ignore"),
        orderOf("O-refused", "refuse"),
        orderOf("O-cut", "cut"),
        orderOf("O-behind-the-cut", "ok", "O-cut"),
        orderOf("O-hung", "hang"),
        orderOf("O-unavailable", "unavailable"),
      ],
    },
    { name: "payments", records: [orderOf("P-1", "ok"), orderOf("P-cut", "cut"), orderOf("P-hung", "hang")] },
    { name: "letters", records: [orderOf("L-1", "ok"), orderOf("L-cut", "cut")] },
    {
      name: "contacts",
      records: [
        { id: "A", version: 1, name: "Ann", mail: "ann@example.com" },
        { id: "A", version: 3, name: "Anne", mail: "ann@example.com" },
        { id: "B", version: 1, name: "Ben", mail: "ben@example.com" },
        { id: "C", version: 1, name: "Ann again", mail: "ann@example.com" },
      ],
    },
    { name: "later", records: [orderOf("later-1", "ok"), orderOf("later-2", "ok")] },
    { name: "sales", tenant: "shop-1", records: [orderOf("S-1", "ok"), orderOf("S-cut", "cut")] },
    { name: "sales", tenant: "shop-2", records: [orderOf("S-1", "ok")] },
  ];

/** Once the others have settled. */
export const sentAfterwards: readonly { readonly name: string; readonly records: readonly object[] }[] = [
  {
    name: "contacts",
    records: [
      { id: "A", version: 2, name: "Anna", mail: "ann@example.com" },
      { id: "B", version: 2, name: "Ben", mail: "ben@example.com" },
    ],
  },
];
