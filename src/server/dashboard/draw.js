// Draws the charts of a page. The numbers are those of the table that stands beside each: a chart shows nothing that cannot be read. Colours are those of its
// key, so that they are dark or light as the page is. When the page has been brought up to date, what is drawn takes over the new numbers.
/* global uPlot */
(() => {
  const main = document.querySelector("main");
  if (main === null || typeof uPlot !== "function") return;

  const height = 120;
  /** By the box in which it stands. */
  const drawn = new Map();

  const numberIn = (cell) => (cell.textContent === "–" ? null : Number(cell.textContent.replaceAll(",", "")));

  function numbersOf(box) {
    const table = box.parentNode.querySelector("table");
    const [past, ahead] = table.tBodies;
    const slot = Number(table.dataset.slot);
    const from = Number(table.dataset.from);
    const rows = [...past.rows, ...(ahead?.rows ?? [])];
    // What was counted in a slot stands in the middle of it.
    const times = rows.map((row, at) =>
      row.parentNode === past ? from + (at + 0.5) * slot : Date.parse(row.querySelector("time").dateTime) / 1_000,
    );
    const isBars = box.dataset.chart === "calls";
    // Of nothing there is no bar.
    const numberOf = (cell) => numberIn(cell) || (isBars ? null : numberIn(cell));
    const heads = [...table.tHead.rows[0].cells].slice(1).map(({ textContent }) => textContent);
    return {
      heads,
      slot,
      span: [from, Math.max(from + past.rows.length * slot, times.at(-1))],
      data: [times, ...heads.map((_, at) => rows.map((row) => numberOf(row.cells[at + 1])))],
    };
  }

  /** Of the whole day where one begins, of the hour otherwise; in UTC, as everywhere on these pages. */
  function tick(seconds) {
    const at = new Date(seconds * 1_000);
    const isDay = at.getUTCHours() === 0 && at.getUTCMinutes() === 0;
    return at.toLocaleString("en-GB", {
      timeZone: "UTC",
      ...(isDay ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" }),
    });
  }

  const short = new Intl.NumberFormat("en", { notation: "compact" });

  function draw(box) {
    const isBars = box.dataset.chart === "calls";
    const state = numbersOf(box);
    const keyOf = (at) => box.parentNode.querySelectorAll(".key i")[at] ?? box;
    const colour = (at) => getComputedStyle(keyOf(at)).backgroundColor;
    const ink = () => getComputedStyle(box).color;
    const rule = () => getComputedStyle(box).borderBottomColor;
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const isAhead = (at) => keyOf(at).classList.contains("ahead");
    const series = state.heads.map((_, at) => ({
      stroke: () => colour(at),
      width: isBars ? 0 : 2,
      dash: isAhead(at) ? [6, 4] : undefined,
      spanGaps: isAhead(at),
      fill: isBars ? () => colour(at) : undefined,
      paths: isBars ? uPlot.paths.bars({ size: [0.8, 48] }) : undefined,
      points: isBars ? { show: false } : { show: true, size: 4, fill: () => colour(at) },
    }));
    const options = {
      width: Math.max(1, box.clientWidth),
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: !isBars } },
      scales: {
        x: { range: () => state.span },
        y: {
          range: (_, __, most) => [0, box.dataset.chart === "limits" ? 100 : Math.max(1, (most ?? 0) * 1.1)],
        },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28, space: 64, values: (_, at) => at.map(tick) },
        { ...axis, size: 46, space: 32, values: (_, at) => at.map((one) => short.format(one)) },
      ],
      series: [{}, ...series],
      hooks: { setCursor: [({ cursor: { idx } }) => say(box, state, idx)] },
    };
    const plot = new uPlot(options, state.data, box);
    const resized = new ResizeObserver(() => plot.setSize({ width: Math.max(1, box.clientWidth), height }));
    resized.observe(box);
    drawn.set(box, { plot, state, resized });
  }

  /** What stands under the pointer, in words. */
  function say(box, { data: [times, ...values], heads, slot }, at) {
    const caption = box.parentNode.querySelector("figcaption");
    let said = caption.querySelector("small");
    if (said === null) {
      said = document.createElement("small");
      caption.append(said);
    }
    if (at === null || at === undefined) return void said.replaceChildren();
    const parts = heads.map((head, one) =>
      values[one][at] === null ? "" : `${head} ${values[one][at].toLocaleString("en")}`,
    );
    said.textContent = ` ${tick(times[at] - slot / 2)}: ${parts.filter((part) => part !== "").join(", ") || "none"}`;
  }

  function forget(box) {
    const { plot, resized } = drawn.get(box);
    resized.disconnect();
    plot.destroy();
    drawn.delete(box);
  }

  function drawAll() {
    for (const box of [...drawn.keys()]) if (!box.isConnected) forget(box);
    for (const box of main.querySelectorAll(".drawn")) {
      const known = drawn.get(box);
      const next = numbersOf(box);
      if (known?.state.heads.join("\n") === next.heads.join("\n")) {
        Object.assign(known.state, next);
        known.plot.setData(next.data);
      } else {
        if (known !== undefined) forget(box);
        draw(box);
      }
    }
  }

  drawAll();
  main.addEventListener("renewed", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const { plot } of drawn.values()) plot.redraw(false);
  });
})();
