-- Where a ledger went that was moved to another store. Nobody may write here from then on. Without `copied_at`, its last step is not known to have been made.
alter table ledger add column moved_to text;
