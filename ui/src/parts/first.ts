/** What of a table is shown first. */

/** Columns shown first, where a table has more than fit. */
export const FIRST: Record<string, string[]> = {
  messages: ['date', 'mailbox', 'from', 'to', 'subject', 'evidence'],
  events: ['time', 'account', 'operation', 'source_ip', 'target', 'session', 'evidence'],
  fetches: ['time', 'client', 'account', 'url', 'status', 'evidence'],
  findings: ['time', 'severity', 'rule', 'title', 'subject', 'evidence'],
  waves: ['first_seen', 'probability', 'subject', 'recipients', 'senders', 'wave_id'],
  intrusions: ['account', 'status', 'probability', 'first_access', 'last_access', 'kinds', 'evidence'],
  hypotheses: ['tier', 'name', 'probability', 'prior', 'term', 'campaign_id'],
  roster: ['person_id', 'name', 'addresses', 'roles', 'groups', 'institution', 'kind', 'privilege'],
};
