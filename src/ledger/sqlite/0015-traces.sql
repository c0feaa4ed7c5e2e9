-- With which trace a record came (W3C Trace Context), so that all its runs are told as parts of it: in later processes, too.
create table traces (
  record      integer primary key,
  traceparent text    not null check (length(traceparent) = 55)
) strict;
