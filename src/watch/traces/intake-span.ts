import type { Attributes, SpanContext, Tracer } from "@opentelemetry/api";
import { parseTraceparent } from "../../model/traceparent.ts";
import type { IntakeSpan, TracedIntake } from "../../model/tracing.ts";
import { http, messaging, operations, systemName, waybill } from "./conventions.ts";
import { elsewhere, Live, type Recorder } from "./recorder.ts";

type Rows = Parameters<IntakeSpan["taken"]>[0][number];

const recordsMax = 100;

/**
 * What came from a source is taken: one span. Where several came together each gets a span and a trace of its own besides, so that the life of one record
 * is one trace, however many it came with.
 */
export function intakeSpan(recorder: Recorder, tracer: Tracer, of: TracedIntake): IntakeSpan {
  const { api } = recorder;
  const { source, tenant, items } = of;
  const whole = new Live(recorder, tracer, of.inside ? api.context.active() : api.ROOT_CONTEXT, {
    name: `intake ${source}`,
    kind: api.SpanKind.PRODUCER,
    attributes: {
      ...common("intake", source, tenant),
      [waybill.source]: source,
      ...(items === 1 ? {} : { [messaging.count]: items }),
    },
    links: of.claimed === undefined ? [] : linksOf(recorder, of.claimed),
  });
  const each = new Map<number, Live>();
  const accepted = (item: number): Live => {
    const known = each.get(item);
    if (known !== undefined) return known;
    const live = new Live(recorder, tracer, api.ROOT_CONTEXT, {
      name: `accept ${source}`,
      kind: api.SpanKind.PRODUCER,
      attributes: common("accept", source, tenant),
      links: [whole.span.spanContext()],
    });
    each.set(item, live);
    return live;
  };
  return {
    traceparent: (item) => (items === 1 ? whole : accepted(item)).traceparent,
    within: (work) => whole.within(work),
    taken(became) {
      if (items === 1) whole.set(became[0] === undefined ? {} : ofRows(became[0]));
      else whole.set(sums(became));
      for (const [item, live] of each) live.set(ofRows(became[item] ?? []));
    },
    failed(code) {
      for (const live of [whole, ...each.values()]) live.failed({ [http.error]: code });
    },
    end() {
      for (const live of each.values()) live.end();
      whole.end();
    },
  };
}

/** What a sender claims, and what the program's own server may be recording around it. Neither decides whether this is recorded. */
function linksOf({ api }: Recorder, claimed: string): SpanContext[] {
  const theirs = parseTraceparent(claimed);
  const around = api.trace.getSpanContext(api.context.active());
  return [
    ...(theirs === undefined ? [] : [elsewhere(theirs, false)]),
    ...(around === undefined || !api.isSpanContextValid(around) ? [] : [around]),
  ];
}

function common(operation: keyof typeof operations, destination: string, tenant: string): Attributes {
  return {
    [messaging.system]: systemName,
    [messaging.operation]: operation,
    [messaging.type]: operations[operation],
    [messaging.destination]: destination,
    ...(tenant === "" ? {} : { [waybill.tenant]: tenant }),
  };
}

/** One item makes a record for each integration that its source feeds. */
function ofRows(rows: Rows): Attributes {
  const [row, ...others] = rows;
  if (row === undefined) return {};
  if (others.length > 0) return { [waybill.records]: rows.slice(0, recordsMax).map(({ record }) => record) };
  return {
    [messaging.message]: row.record,
    [waybill.record]: row.record,
    [waybill.integration]: row.integration,
    [waybill.state]: row.state,
    ...(row.duplicate ? { [waybill.duplicate]: true } : {}),
  };
}

function sums(became: readonly Rows[]): Attributes {
  const rows = became.flat();
  return {
    [waybill.duplicates]: rows.filter(({ duplicate }) => duplicate).length,
    [waybill.quarantined]: rows.filter(({ state, duplicate }) => state === "quarantined" && !duplicate).length,
  };
}
