/** What an identity provider said of somebody who was refused, as far as it is kept. */
export interface Came {
  /** Absent in what was kept before this was told. */
  verified?: boolean;
  name_id?: string | null;
  attributes?: Record<string, string[]>;
  [part: string]: unknown;
}

const LABELS: [string, string][] = [
  ['name_id', 'Name id'], ['issuer', 'Issuer'], ['status', 'Status'], ['audience', 'Audience'], ['destination', 'Destination'], ['recipient', 'Recipient'],
  ['in_response_to', 'Answers request'], ['issued', 'Issued'], ['not_before', 'Not before'], ['not_on_or_after', 'Not on or after'], ['algorithms', 'Algorithms'],
];

/** Each part that is there, as name and value; attributes last. */
export function lines(came: Came): [string, string][] {
  const parts = LABELS.flatMap(([key, label]): [string, string][] => {
    const value = came[key];
    const text = Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '';
    return text ? [[label, text]] : [];
  });
  const encrypted: [string, string][] = came.encrypted === true ? [['Assertion', 'encrypted']] : [];
  return [...parts, ...encrypted, ...Object.entries(came.attributes ?? {}).map(([name, values]): [string, string] => [name, values.join(', ')])];
}
